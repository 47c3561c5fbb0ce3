import { renderHook } from "@testing-library/react";
import type { Column, GridApi } from "ag-grid-community";
import { describe, expect, test } from "vitest";
import type { Engine } from "@/sync/engine";
import { Outbox, type Pending } from "@/sync/outbox";
import type { Row } from "@/sync/rows";
import { View } from "@/sync/view";
import type { GridContext } from "./grid-context";
import { useRange } from "./use-range";

const COLUMNS = ["name", "price"];
const rowsOf = (start: number, end: number): Row[] =>
  Array.from({ length: end - start }, (_, at) => ({
    index: start + at,
    version: 1,
    cells: ["old", "old"],
  }));

/** A table of `total` rows of which only the last is at hand, so that every deed has to wait for the server. */
async function table(total: number) {
  const view = new View({
    fetch: async (_query, offset, limit) => ({
      columns: COLUMNS,
      rows: rowsOf(offset, Math.min(total, offset + limit)),
      total,
      position: 1,
    }),
    arrived: () => Promise.resolve(),
    since: () => [],
  });
  const sent: Pending[] = [];
  const outbox = new Outbox({
    prepare: (pending) => Promise.resolve(pending),
    send: async (pending) => ({ position: sent.push(pending) }),
    reached: () => Promise.resolve(),
    store: () => undefined,
  });
  const engine = { view, outbox } as Engine;
  const context: GridContext = { engine, revealed: new Set(), columns: COLUMNS, box: undefined };
  await view.load(total - 1, total);
  let focused: ReturnType<GridApi<Row>["getFocusedCell"]> = null;
  const api = {
    getFocusedCell: () => focused,
    getRenderedNodes: () => [],
    refreshCells: () => undefined,
    ensureIndexVisible: () => undefined,
    ensureColumnVisible: () => undefined,
  } as Partial<GridApi<Row>> as GridApi<Row>;
  const { result } = renderHook(() => useRange(api, context));
  return {
    range: result.current,
    sent,
    /** The grid moves its focus; it tells of it whenever it likes. */
    focus(rowIndex: number, column: string) {
      focused = { rowIndex, rowPinned: null, column: { getColId: () => column } as Column };
    },
  };
}

const textsOf = ({ ops }: Pending) => ops.map(({ index, cells }) => [index, cells]);

describe("A range", () => {
  test("grows from where the focus is, also if the grid tells of the focus only afterwards", async () => {
    const given = await table(300);
    given.focus(0, "name");
    given.range.grow("ArrowDown");
    given.range.follow();
    expect(given.range.box()).toEqual({ top: 0, bottom: 1, left: 0, right: 0 });
    given.focus(5, "price");
    given.range.grow("ArrowUp");
    given.range.follow();
    expect(given.range.box()).toEqual({ top: 4, bottom: 5, left: 1, right: 1 });
  });

  test("that was pasted is what Delete right behind it empties, though the rows are still being loaded", async () => {
    const given = await table(300);
    given.focus(8, "name");
    const pasted = given.range.paste("a\tb\nc\td\n");
    await given.range.clear();
    await pasted;
    await expect.poll(() => given.sent.length).toBe(2);
    const [first, second] = given.sent.map(textsOf);
    expect(first).toEqual([
      [8, { name: "a", price: "b" }],
      [9, { name: "c", price: "d" }],
    ]);
    expect(second).toEqual([
      [8, { name: "", price: "" }],
      [9, { name: "", price: "" }],
    ]);
  });

  test("that was left meanwhile is not selected again when the paste is done", async () => {
    const given = await table(300);
    given.focus(8, "name");
    const pasted = given.range.paste("a\tb\nc\td\n");
    given.focus(20, "price");
    await pasted;
    expect(given.range.box()).toEqual({ top: 20, bottom: 20, left: 1, right: 1 });
  });

  test("is filled by a single text, and a block of texts takes its own size", async () => {
    const given = await table(300);
    given.focus(0, "name");
    given.range.grow("ArrowDown");
    await given.range.paste("same");
    expect(given.range.box()).toEqual({ top: 0, bottom: 1, left: 0, right: 0 });
    await given.range.paste("a\tb\tbeyond the last column\n");
    expect(given.range.box()).toEqual({ top: 0, bottom: 0, left: 0, right: 1 });
    await expect
      .poll(() => given.sent.map(textsOf))
      .toEqual([
        [
          [0, { name: "same" }],
          [1, { name: "same" }],
        ],
        [[0, { name: "a", price: "b" }]],
      ]);
  });
});
