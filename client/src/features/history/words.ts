/** Events as sentences. */
import { readable } from "@/lib/column-kinds";
import type { CellChanges, TableEvent } from "@/sync/events";

export interface Told {
  /** What the actor did, to be read after the actor's name. */
  readonly did: string;
  readonly changes: readonly ToldChange[];
}

export interface ToldChange {
  readonly column: string;
  readonly from: string | null;
  readonly to: string | null;
}

export function tell(event: TableEvent): Told {
  switch (event.kind) {
    case "row_updated":
      return { did: `changed row ${event.index}`, changes: told(event.cells) };
    case "row_added":
      return { did: `added row ${event.index}`, changes: told(event.cells).filter(({ to }) => to !== "") };
    case "row_deleted":
      return {
        did: `deleted row ${event.index}`,
        changes: told(event.cells).filter(({ from }) => from !== ""),
      };
    case "row_moved":
      return { did: `moved row ${event.index} ${behind(event.after)}`, changes: [] };
    case "column_added":
      return { did: `added the column “${event.column}”`, changes: [] };
    case "column_renamed":
      return { did: `renamed the column “${event.column}” to “${event.to}”`, changes: [] };
    case "column_moved":
      return { did: `moved the column “${event.column}”`, changes: [] };
    case "column_deleted":
      return { did: `deleted the column “${event.column}”`, changes: [] };
    case "table_imported":
      return {
        did: `took in a table of ${event.rows} rows and ${event.columns.length} columns`,
        changes: [],
      };
    case "style_changed":
      return { did: "changed how the file is written (line ends, delimiter or quotes)", changes: [] };
    case "lease_granted":
      return { did: `began to edit row ${event.index}`, changes: [] };
    case "lease_renewed":
      return { did: `went on editing row ${event.index}`, changes: [] };
    case "lease_released":
      return { did: `gave row ${event.index} back`, changes: [] };
    case "lease_expired":
      return { did: `let row ${event.index} go: the time was up`, changes: [] };
    default:
      return event satisfies never;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  undone: "by an undo",
  restored: "by a restore",
  imported: "by an import",
  outside_edit: "by saving the file outside",
  what_if: "by a what-if",
};

export function reasonOf(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason;
}

/** Several events that were done together, as one sentence. */
export function tellBatch(events: readonly TableEvent[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [
    part("changed", counts.get("row_updated")),
    part("added", counts.get("row_added")),
    part("deleted", counts.get("row_deleted")),
    part("moved", counts.get("row_moved")),
  ].filter((each) => each !== "");
  return parts.length === 0 ? `made ${events.length} changes at once` : `${parts.join(", ")} at once`;
}

function part(verb: string, count: number | undefined): string {
  return count === undefined ? "" : `${verb} ${count} ${count === 1 ? "row" : "rows"}`;
}

function behind(after: number | null): string {
  return after === null ? "to the top" : `behind row ${after}`;
}

function told(cells: CellChanges): ToldChange[] {
  return Object.entries(cells).map(([column, { from, to }]) => ({
    column,
    from: readable(column, from),
    to: readable(column, to),
  }));
}
