import { describe, expect, test } from "vitest";
import { Refused } from "@/sync/problem";
import { type ImportWish, importSentence, linesOf, optionsOf } from "./import";

const PLAIN: ImportWish = { mode: "replace", key: null, addColumns: false, encoding: "", delimiter: "" };

describe("An import", () => {
  test("says only what was chosen, and what belongs to its mode", () => {
    expect(optionsOf(PLAIN)).toEqual({ mode: "replace" });
    expect(optionsOf({ ...PLAIN, key: "id", addColumns: true })).toEqual({ mode: "replace" });
    expect(
      optionsOf({ mode: "upsert", key: "id", addColumns: true, encoding: "latin-1", delimiter: "tab" }),
    ).toEqual({ mode: "upsert", key: "id", add_columns: "true", encoding: "latin-1", delimiter: "tab" });
  });

  test("that is only tried tells what would become of each row, in the order of the file", () => {
    const lines = linesOf({
      added: 1,
      changed: 1,
      deleted: 1,
      moved: 0,
      position: 1,
      rows: [
        { verdict: "deleted", index: 2, cells: { id: { from: "3", to: null } } },
        { verdict: "changed", index: 1, line: 3, cells: { n: { from: "1.10", to: "2.20" } } },
        { verdict: "unchanged", index: 0, line: 4, cells: {} },
        { verdict: "added", line: 5, cells: { id: { from: null, to: "4" }, n: { from: null, to: "" } } },
      ],
    });
    expect(lines.map(({ name, kind }) => [name, kind])).toEqual([
      ["Row 2", "deleted"],
      ["Line 3, row 1", "changed"],
      ["Line 4, row 0", "unchanged"],
      ["Line 5", "added"],
    ]);
    expect(lines[3]?.cells).toEqual([["id", { from: null, to: "4" }]]);
  });

  test("that was refused says what may help", () => {
    const refused = (code: string, more = {}) =>
      new Refused({ code, detail: "Line 2 …", status: 422, ...more });
    expect(importSentence(refused("unknown_column", { column: "note" }))).toContain("no column “note”. Tick");
    expect(importSentence(refused("encoding"))).toBe("Line 2 …");
    expect(importSentence(refused("storage_full"))).toContain("disk is full");
  });
});
