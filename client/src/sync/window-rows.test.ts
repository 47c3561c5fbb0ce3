import { describe, expect, test } from "vitest";
import type { Row } from "./rows";
import { WindowRows } from "./window-rows";

const row = (index: number): Row => ({ index, version: 1, cells: [String(index)] });
const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => row(from + at));
const indexes = (found: readonly Row[] | undefined) => found?.map(({ index }) => index);

/** A table of a million rows of which two windows were seen. */
function seen() {
  const windows = new WindowRows(["n"], 1_000_000);
  windows.put(0, rows(0, 100));
  windows.put(5_000, rows(5_000, 5_100));
  return windows;
}

describe("Windows of rows", () => {
  test("know what was seen and nothing else", () => {
    const windows = seen();
    expect(indexes(windows.read(98, 100))).toEqual([98, 99]);
    expect(windows.read(98, 101)).toBeUndefined();
    expect(windows.placeOf(5_050)).toBe(5_050);
  });

  test("join where they touch", () => {
    const windows = seen();
    windows.put(100, rows(100, 200));
    expect(indexes(windows.read(99, 102))).toEqual([99, 100, 101]);
  });

  test("shift when a row comes before them", () => {
    const windows = seen();
    windows.insert(row(1_000_000), 50);
    expect(windows.total).toBe(1_000_001);
    expect(indexes(windows.read(50, 53))).toEqual([50, 1_000_000, 51]);
    expect(windows.placeOf(5_000)).toBe(5_001);
  });

  test("shift back when a row goes", () => {
    const windows = seen();
    windows.remove(10, 9);
    expect(indexes(windows.read(9, 12))).toEqual([9, 11, 12]);
    expect(windows.placeOf(5_000)).toBe(4_999);
  });

  test("are torn when a row comes where nobody has looked", () => {
    const windows = seen();
    windows.insert(row(1_000_000), 3_000);
    expect(windows.torn).toBe(true);
  });

  test("are not torn when a row comes behind the last one that is known", () => {
    const windows = seen();
    windows.put(999_999, rows(999_999, 1_000_000));
    windows.insert(row(1_000_000), 999_999);
    expect(windows.torn).toBe(false);
    expect(windows.last).toBe(1_000_000);
    expect(indexes(windows.read(999_999, 1_000_001))).toEqual([999_999, 1_000_000]);
  });

  test("keep a moved row with its cells", () => {
    const windows = seen();
    windows.move(10, 77, 20, 9);
    expect(indexes(windows.read(18, 22))).toEqual([19, 20, 10, 21]);
    expect(windows.get(10)?.version).toBe(77);
    expect(windows.total).toBe(1_000_000);
  });

  test("take in a newer window over an older one", () => {
    const windows = seen();
    windows.put(90, [{ ...row(90), cells: ["new"] }]);
    expect(windows.get(90)?.cells).toEqual(["new"]);
    expect(indexes(windows.read(88, 92))).toEqual([88, 89, 90, 91]);
  });
});
