import { describe, expect, test } from "vitest";
import type { TableEvent } from "@/sync/events";
import { isUndoable, oppositeOf } from "./undo-preview";

const common = { at: "", actor: "ana" };
const events: readonly TableEvent[] = [
  { ...common, position: 2, kind: "row_updated", index: 1, cells: { price: { from: "2", to: "3" } } },
  {
    ...common,
    position: 3,
    kind: "row_added",
    index: 7,
    cells: { price: { from: null, to: "9" } },
    after: 1,
  },
  {
    ...common,
    position: 4,
    kind: "row_deleted",
    index: 2,
    cells: { price: { from: "5", to: null } },
    after: 1,
  },
  { ...common, position: 5, kind: "column_renamed", column: "price", to: "cost" },
];

describe("The preview of an undo", () => {
  test("is the opposite of what happened", () => {
    expect(oppositeOf(events, [2, 3, 4, 5])).toMatchObject({
      changed: [{ index: 1, cells: { price: { from: "3", to: "2" } } }],
      deleted: [{ index: 7, cells: { price: "9" } }],
      added: [{ index: 2, cells: { price: "5" } }],
      columns: { renamed: { cost: "price" } },
      more: 0,
    });
  });
  test("leaves out what stays, and counts what is not at hand", () => {
    const diff = oppositeOf(events, [2, 90, 91]);
    expect(diff.changed).toHaveLength(1);
    expect(diff.deleted).toEqual([]);
    expect(diff.more).toBe(2);
  });
  test("sums up what was done to a row, from what it is to what it was", () => {
    const updated = (position: number, from: string, to: string): TableEvent => ({
      ...common,
      position,
      kind: "row_updated",
      index: 1,
      cells: { price: { from, to } },
    });
    const twice = [updated(2, "2", "2.5"), updated(3, "2.5", "2.75")];
    expect(oppositeOf(twice, [2, 3]).changed).toEqual([
      { index: 1, cells: { price: { from: "2.75", to: "2" } } },
    ]);
    const forthAndBack = [updated(2, "2", "3"), updated(3, "3", "2")];
    expect(oppositeOf(forthAndBack, [2, 3]).changed).toEqual([]);
  });
  test("of a row that was added, changed and deleted is nothing, and the parts are what is left of it", () => {
    const life: readonly TableEvent[] = [
      {
        ...common,
        position: 2,
        kind: "row_added",
        index: 7,
        after: 1,
        cells: { price: { from: null, to: "1" } },
      },
      { ...common, position: 3, kind: "row_updated", index: 7, cells: { price: { from: "1", to: "5" } } },
      {
        ...common,
        position: 4,
        kind: "row_deleted",
        index: 7,
        after: 1,
        cells: { price: { from: "5", to: null } },
      },
    ];
    expect(oppositeOf(life, [2, 3, 4])).toMatchObject({ added: [], changed: [], deleted: [] });
    expect(oppositeOf(life, [3, 4]).added).toEqual([{ index: 7, cells: { price: "1" } }]);
    expect(oppositeOf(life, [2, 3]).deleted).toEqual([{ index: 7, cells: { price: "5" } }]);
  });
  test("is not offered for leases", () => {
    const granted = {
      ...common,
      position: 9,
      kind: "lease_granted",
      index: 1,
      token: 9,
      holder: "ana",
    } as const;
    expect(isUndoable([granted])).toBe(false);
    expect(isUndoable(events)).toBe(true);
  });
});
