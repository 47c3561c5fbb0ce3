/** What an undo of events would do, as differences of the table. */
import type { TableEvent } from "@/sync/events";
import type { Diff } from "@/sync/past";
import { isLease } from "./words";

export function isUndoable(events: readonly TableEvent[]): boolean {
  return events.some((event) => !isLease(event) && event.kind !== "table_imported");
}

/** The opposite of the events at these positions; `more` of them are not at hand. */
export function oppositeOf(events: readonly TableEvent[], undone: readonly number[]): Diff {
  const positions = new Set(undone);
  const taken = events.filter(({ position }) => positions.has(position));
  const of = <K extends TableEvent["kind"]>(kind: K) =>
    taken.filter((event): event is Extract<TableEvent, { kind: K }> => event.kind === kind);
  return {
    added: of("row_deleted").map(({ index, cells }) => ({ index, cells: texts(cells, "from") })),
    deleted: of("row_added").map(({ index, cells }) => ({ index, cells: texts(cells, "to") })),
    changed: of("row_updated").map(({ index, cells }) => ({
      index,
      cells: Object.fromEntries(
        Object.entries(cells).map(([column, { from, to }]) => [column, { from: to, to: from }]),
      ),
    })),
    moved: of("row_moved").map(({ index }) => index),
    columns: {
      added: of("column_deleted").map(({ column }) => column),
      deleted: of("column_added").map(({ column }) => column),
      renamed: Object.fromEntries(of("column_renamed").map(({ column, to }) => [to, column])),
      moved: of("column_moved").map(({ column }) => column),
    },
    more: undone.length - taken.length,
  };
}

function texts(
  cells: Readonly<Record<string, { from: string | null; to: string | null }>>,
  side: "from" | "to",
): Record<string, string> {
  return Object.fromEntries(Object.entries(cells).map(([column, change]) => [column, change[side] ?? ""]));
}
