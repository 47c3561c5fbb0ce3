import { describe, expect, test } from "vitest";
import { isNumeric, isSecret, readable, shown } from "./column-kinds";

describe("A column's name", () => {
  test.each(["API key", "api_key", "API secret", "password", "accessToken", "Key"])(
    "%s sounds secret",
    (name) => expect(isSecret(name)).toBe(true),
  );
  test.each(["monkey", "keyboard", "user", "turkeys", "tokenised"])("%s does not", (name) =>
    expect(isSecret(name)).toBe(false),
  );
});

describe("A column's texts", () => {
  const column = (...texts: string[]) => texts.map((text) => ({ cells: [text] }));
  test("are numbers if all that are there are", () => {
    expect(isNumeric(column("1284.50", "-310.25", "", "0.00", "1,200"), 0)).toBe(true);
  });
  test("are no numbers if one is a name like 007", () => {
    expect(isNumeric(column("12", "007"), 0)).toBe(false);
  });
  test("are no numbers if there are none", () => expect(isNumeric(column("", ""), 0)).toBe(false));
  test("are told of without what is secret, and an empty one as empty", () => {
    expect(readable("API key", "abc")).toBe("••••••••");
    expect(readable("API key", "")).toBe("");
    expect(readable("API key", null)).toBeNull();
    expect(readable("user", "a\nb")).toBe("a ⏎ b");
  });
  test("are shown on one line", () => expect(shown("a\r\nb\tc")).toBe("a ⏎ b ⇥ c"));
});
