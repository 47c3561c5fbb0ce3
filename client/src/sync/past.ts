/** What can be asked about the past: differences, undo and restore. */
import { randomId } from "@/lib/random-id";
import type { TableEvent } from "./events";
import { type Http, LONG_MS } from "./http";
import { Refused } from "./problem";
import type { DiffShape, RestoredShape, UndoneShape } from "./shapes";

/** Events that are meant: these, or all that were done together with the first of a batch. */
export type Selection = { readonly positions: readonly number[] } | { readonly batch: number };
/** What becomes of the events that later edits stand in the way of, where it is not all refused. */
export type Choice = "skip" | "dependants";
export type OnConflict = "refuse" | Choice;

/** Where to go back to, and to what of it. */
export type Goal = ({ readonly position: number } | { readonly backup: string }) & {
  readonly rows?: readonly number[];
  readonly columns?: readonly string[];
};

export type UndoAnswer = UndoneShape;
export type Restored = RestoredShape;
export type Counts = Omit<RestoredShape, "position">;
export type Diff = Omit<DiffShape, "from" | "to">;

export function undoEvents(http: Http, selection: Selection, onConflict: OnConflict): Promise<UndoAnswer> {
  return http.ask("POST", "/api/undo", {
    body: { ...selection, on_conflict: onConflict },
    headers: { "Idempotency-Key": randomId() },
    patience: LONG_MS,
  });
}

/** What an undo would do, and what would still stand in its way. */
export function wouldUndo(
  http: Http,
  selection: Selection,
  choice: Choice,
  signal?: AbortSignal,
): Promise<UndoAnswer> {
  const body = { ...selection, on_conflict: choice, dry_run: true };
  return http.ask("POST", "/api/undo", { body, signal, patience: LONG_MS });
}

export function restore(http: Http, goal: Goal): Promise<Restored> {
  return http.ask("POST", "/api/restore", {
    body: goal,
    headers: { "Idempotency-Key": randomId() },
    patience: LONG_MS,
  });
}

export function wouldRestore(http: Http, goal: Goal, signal?: AbortSignal): Promise<Restored> {
  return http.ask("POST", "/api/restore", { body: { ...goal, dry_run: true }, signal, patience: LONG_MS });
}

/** What turns the table at one position into the one at the other; of each kind not more than `limit` rows. */
export function diffBetween(
  http: Http,
  from: number,
  to: number,
  limit: number,
  signal?: AbortSignal,
): Promise<Diff> {
  return http.ask("GET", "/api/diff", { params: { from, to, limit }, signal, patience: LONG_MS });
}

/** The events of one deed of a person, told by the position of its last event; nothing if it is not theirs. */
export async function ownSelectionAt(
  http: Http,
  position: number,
  actor: string,
): Promise<Selection | undefined> {
  const [event] = await eventsBetween(http, position, position);
  if (event?.position !== position || event.actor !== actor) return undefined;
  return event.batch === undefined ? { positions: [position] } : { batch: event.batch };
}

/** The position of the last event. */
export async function headOf(http: Http, signal?: AbortSignal): Promise<number> {
  const answer = await http.ask<{ position: number }>("GET", "/api/events", { params: { limit: 1 }, signal });
  return answer.position;
}

/** The events from one position to another, both included; none where the journal does not reach that far. */
export async function eventsBetween(
  http: Http,
  from: number,
  to: number,
  signal?: AbortSignal,
): Promise<readonly TableEvent[]> {
  try {
    const params = { from, to, limit: 10_000 };
    return (await http.ask<{ events: TableEvent[] }>("GET", "/api/events", { params, signal })).events;
  } catch (error) {
    if (error instanceof Refused && error.problem.code === "ahead_of_head") return [];
    throw error;
  }
}
