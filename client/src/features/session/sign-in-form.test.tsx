import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { Http } from "@/sync/http";
import { SignInForm } from "./sign-in-form";

/** A server that answers every request in the same way. */
function answering(status: number, body: object) {
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(JSON.stringify(body), { status })));
}

async function trySigningIn() {
  const http = new Http(
    "window",
    () => undefined,
    () => undefined,
  );
  render(
    <MantineProvider env="test">
      <SignInForm http={http} />
    </MantineProvider>,
  );
  await userEvent.type(screen.getByLabelText("Name"), "ana");
  await userEvent.type(screen.getByLabelText("Password"), "secret words");
  await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
  return (await screen.findByRole("alert")).textContent;
}

const problem = (code: string, status: number, more = {}) => ({
  code,
  status,
  detail: code,
  type: "",
  title: "",
  ...more,
});

describe("Signing in", () => {
  test("says that name and password do not match", async () => {
    answering(401, problem("bad_credentials", 401));
    expect(await trySigningIn()).toBe("That name and password do not go together.");
  });

  test("says how long to wait after too many tries, and waits", async () => {
    answering(429, problem("too_many_attempts", 429, { retry_after: 30 }));
    expect(await trySigningIn()).toBe("Too many tries. Wait 30 seconds and try again.");
    expect(screen.getByRole("button", { name: "Sign in" }).hasAttribute("disabled")).toBe(true);
  });

  test("says that the server is away", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    expect(await trySigningIn()).toBe("The server cannot be reached right now.");
  });
});
