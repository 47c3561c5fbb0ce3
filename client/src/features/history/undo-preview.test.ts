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
