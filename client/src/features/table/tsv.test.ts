import { describe, expect, test } from "vitest";
import { formatTsv, parseTsv } from "./tsv";

describe("Texts on the clipboard", () => {
  test("come from Excel with a line end that is no row", () => {
    expect(parseTsv("a\tb\r\nc\td\r\n")).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
  });

  test("may hold tabs, lines and quotes", () => {
    expect(parseTsv('"two\nlines"\t"a ""quoted"" word"')).toEqual([["two\nlines", 'a "quoted" word']]);
  });

  test("keep a quote that quotes nothing", () => {
    expect(parseTsv('"open\t6" nails\n5')).toEqual([['"open', '6" nails'], ["5"]]);
  });

  test("keep empty cells at both ends", () => {
    expect(parseTsv("\tb\t\n\t\t")).toEqual([
      ["", "b", ""],
      ["", "", ""],
    ]);
  });

  test.each([
    [[["plain", "with\ttab"]]],
    [
      [
        ['with "quotes"', "two\nlines"],
        ["", "007"],
      ],
    ],
  ])("are read as they were written: %j", (cells) => expect(parseTsv(formatTsv(cells))).toEqual(cells));
});
