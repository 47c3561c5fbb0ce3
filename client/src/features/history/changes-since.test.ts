import { describe, expect, test } from "vitest";
import type { TableEvent } from "@/sync/events";
import { changesIn } from "./changes-since";

let position = 0;
const common = () => ({ position: ++position, at: "", actor: "ana" });
const updated = (index: number, from: string, to: string): TableEvent => ({
  ...common(),
  kind: "row_updated",
  index,
  cells: { price: { from, to } },
});
const deleted = (index: number): TableEvent => ({
  ...common(),
  kind: "row_deleted",
  index,
  cells: {},
  after: null,
});
const added = (index: number): TableEvent => ({
  ...common(),
  kind: "row_added",
  index,
  cells: {},
  after: null,
});

describe("What differs from now", () => {
  test("is the first text of a cell against its last", () => {
    const { changed } = changesIn([updated(1, "a", "b"), updated(1, "b", "c")], false);
    expect(changed.get(1)?.get("price")).toBe("c");
  });
  test("is nothing where a cell was changed back", () => {
    expect(changesIn([updated(1, "a", "b"), updated(1, "b", "a")], false).changed.size).toBe(0);
  });
  test("is the whole of a row that was deleted", () => {
    const { changed, deleted: gone } = changesIn([updated(1, "a", "b"), deleted(1)], false);
    expect(gone.has(1)).toBe(true);
    expect(changed.size).toBe(0);
  });
  test("counts rows that came, but not those that went again", () => {
    expect(changesIn([added(5), added(6), deleted(6)], false)).toMatchObject({
      added: 1,
      deleted: new Set(),
    });
  });
});
