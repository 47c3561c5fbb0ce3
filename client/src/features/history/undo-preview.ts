/** What an undo of events would do, as differences of the table. */
import { type CellChanges, isLease, type RowEvent, type TableEvent } from "@/sync/events";
import type { Http } from "@/sync/http";
import {
  type Choice,
  type Diff,
  eventsBetween,
  type Selection,
  type UndoAnswer,
  wouldUndo,
} from "@/sync/past";
import type { UndoConflict } from "@/sync/problem";

export interface Undoing {
  readonly selection: Selection;
  /** Those of the events that are at hand. */
  readonly events: readonly TableEvent[];
}

export interface UndoPreview {
  readonly answer: UndoAnswer;
  readonly diff: Diff;
  /** The later events that would be taken back as well, by whom. */
  readonly others: ReadonlyMap<string, number>;
}

export function isUndoable(events: readonly TableEvent[]): boolean {
  return events.some((event) => !isLease(event) && event.kind !== "table_imported");
}

/** Whether the undo could be done if what stands in its way were taken back as well. */
export function hasDependants(conflicts: readonly UndoConflict[]): boolean {
  return conflicts.some(
    ({ by, code }) => by !== undefined && code !== "already_undone" && code !== "table_imported",
  );
}

/** What would be done with the events, and with those that stand in their way. */
export async function previewUndo(
  http: Http,
  { selection, events }: Undoing,
  choice: Choice,
  signal: AbortSignal,
): Promise<UndoPreview> {
  const answer = await wouldUndo(http, selection, choice, signal);
  const known = new Set(events.map(({ position }) => position));
  const missing = answer.undone.filter((position) => !known.has(position));
  const fetched =
    missing.length === 0 ? [] : await eventsBetween(http, Math.min(...missing), Math.max(...missing), signal);
  const later = fetched.filter(({ position }) => !known.has(position) && answer.undone.includes(position));
  const others = new Map<string, number>();
  if (choice === "dependants") for (const { actor } of later) others.set(actor, (others.get(actor) ?? 0) + 1);
  return { answer, diff: oppositeOf([...events, ...later], answer.undone), others };
}

type State =
  | { readonly kind: "changed"; readonly cells: CellChanges }
  | { readonly kind: "comes" | "goes"; readonly cells: Readonly<Record<string, string>> };

/** What the table is after the events at these positions are taken back; `more` of them are not at hand. */
export function oppositeOf(events: readonly TableEvent[], undone: readonly number[]): Diff {
  const positions = new Set(undone);
  const taken = events
    .filter(({ position }) => positions.has(position))
    .toSorted((a, b) => b.position - a.position);
  const of = <K extends TableEvent["kind"]>(kind: K) =>
    taken.filter((event): event is Extract<TableEvent, { kind: K }> => event.kind === kind);
  const rows = new Map<number, State>();
  for (const event of taken) {
    if (!("cells" in event)) continue;
    const next = before(event, rows.get(event.index));
    if (next === undefined) rows.delete(event.index);
    else rows.set(event.index, next);
  }
  const whole = (kind: "comes" | "goes") =>
    [...rows].flatMap(([index, state]) => (state.kind === kind ? [{ index, cells: state.cells }] : []));
  return {
    added: whole("comes"),
    deleted: whole("goes"),
    changed: [...rows].flatMap(([index, state]) =>
      state.kind === "changed" ? [{ index, cells: state.cells }] : [],
    ),
    moved: [...new Set(of("row_moved").map(({ index }) => index))],
    columns: {
      added: of("column_deleted").map(({ column }) => column),
      deleted: of("column_added").map(({ column }) => column),
      renamed: Object.fromEntries(of("column_renamed").map(({ column, to }) => [to, column])),
      moved: of("column_moved").map(({ column }) => column),
    },
    more: undone.length - taken.length,
  };
}

/** What becomes of a row if this event is taken back, too, where the later ones already are. */
function before(
  event: Exclude<RowEvent, { kind: "row_moved" }>,
  later: State | undefined,
): State | undefined {
  const changed = later?.kind === "changed" ? later.cells : {};
  switch (event.kind) {
    case "row_updated":
      if (later?.kind === "comes")
        return { kind: "comes", cells: { ...later.cells, ...texts(event.cells, "from") } };
      return different({ ...changed, ...over(changed, event.cells) });
    case "row_deleted":
      // It came back later, which is taken back as well: it is there before and after.
      if (later?.kind === "goes") return different(between(later.cells, texts(event.cells, "from")));
      return { kind: "comes", cells: texts(event.cells, "from") };
    case "row_added":
      if (later?.kind === "comes") return undefined;
      return { kind: "goes", cells: { ...texts(event.cells, "to"), ...texts(changed, "from") } };
    default:
      return event satisfies never;
  }
}

/** The cells of an update taken back: from what they are after the later changes, to what they were before it. */
function over(later: CellChanges, cells: CellChanges): CellChanges {
  return mapped(cells, ({ from, to }, column) => ({ from: later[column]?.from ?? to, to: from }));
}

function between(now: Readonly<Record<string, string>>, then: Readonly<Record<string, string>>): CellChanges {
  return mapped(then, (text, column) => ({ from: now[column] ?? null, to: text }));
}

function different(cells: CellChanges): State | undefined {
  const kept = Object.entries(cells).filter(([, { from, to }]) => from !== to);
  return kept.length === 0 ? undefined : { kind: "changed", cells: Object.fromEntries(kept) };
}

function texts(cells: CellChanges, side: "from" | "to"): Record<string, string> {
  return mapped(cells, (change) => change[side] ?? "");
}

function mapped<From, To>(
  cells: Readonly<Record<string, From>>,
  map: (value: From, column: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(cells).map(([column, value]) => [column, map(value, column)]));
}
