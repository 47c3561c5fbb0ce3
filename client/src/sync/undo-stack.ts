/** Undo and redo of what a person did in this window. Both are undos on the server: a redo takes back an undo. */
import type { OnConflict, Selection, UndoAnswer } from "./past";
import { Refused, type UndoConflict } from "./problem";

export interface UndoHooks {
  /** Resolves once nothing that was typed is on its way any more. */
  quiet(): Promise<void>;
  /** What was done with the event at a position; nothing if somebody else did it. */
  selectionAt(position: number): Promise<Selection | undefined>;
  undo(selection: Selection, onConflict: OnConflict): Promise<UndoAnswer>;
  /** The steps changed: keep a copy of them that outlives this page. */
  store(steps: Steps): void;
}

export type Way = "undo" | "redo";

/** The position of the last event of each deed, the latest at the end. */
export type Steps = Readonly<Record<Way, readonly number[]>>;

export const NO_STEPS: Steps = { undo: [], redo: [] };

export type UndoOutcome =
  | { readonly kind: "nothing" }
  | { readonly kind: "done"; readonly count: number; readonly left: readonly UndoConflict[] }
  /** Later edits stand in the way. `partial`: some of it could be taken back without them. */
  | { readonly kind: "conflict"; readonly conflicts: readonly UndoConflict[]; readonly partial: boolean };

const STEPS = 200;
/** These pass by themselves: the step stays, to be tried again. */
const PASSING = new Set(["row_locked", "row_cooling"]);

export class UndoStack {
  readonly #hooks: UndoHooks;
  #steps: Steps;
  #last: Promise<unknown> = Promise.resolve();

  constructor(hooks: UndoHooks, steps: Steps = NO_STEPS) {
    this.#hooks = hooks;
    this.#steps = steps;
  }

  /** Something new was done: what was undone before it cannot be redone any more. */
  did(position: number): void {
    this.#become({ undo: [...this.#steps.undo, position].slice(-STEPS), redo: [] });
  }

  /** Make a deed the next one to be taken back; false if it has been already. */
  next(position: number): boolean {
    const rest = this.#steps.undo.filter((each) => each !== position);
    if (rest.length === this.#steps.undo.length) return false;
    this.#become({ ...this.#steps, undo: [...rest, position] });
    return true;
  }

  /** Take back the last deed, or the last undo. One after the other, however fast the keys are pressed. */
  go(way: Way, onConflict: OnConflict = "refuse"): Promise<UndoOutcome> {
    const next = this.#last.then(() => this.#go(way, onConflict));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Give up on the deed that is next, so that the one before it can be taken back. */
  skip(way: Way): void {
    this.#become({ ...this.#steps, [way]: this.#steps[way].slice(0, -1) });
  }

  #become(steps: Steps): void {
    this.#steps = steps;
    this.#hooks.store(steps);
  }

  async #go(way: Way, onConflict: OnConflict): Promise<UndoOutcome> {
    await this.#hooks.quiet();
    for (;;) {
      const position = this.#steps[way].at(-1);
      if (position === undefined) return { kind: "nothing" };
      const selection = await this.#hooks.selectionAt(position);
      const outcome = selection && (await this.#take(way, selection, onConflict));
      if (outcome !== undefined) return outcome;
      this.skip(way);
    }
  }

  /** Nothing, if there is nothing left of this step to take back. */
  async #take(way: Way, selection: Selection, onConflict: OnConflict): Promise<UndoOutcome | undefined> {
    try {
      const answer = await this.#hooks.undo(selection, onConflict);
      this.skip(way);
      const other = way === "undo" ? "redo" : "undo";
      if (answer.undone.length > 0)
        this.#become({ ...this.#steps, [other]: [...this.#steps[other], answer.position] });
      return { kind: "done", count: answer.undone.length, left: answer.conflicts };
    } catch (error) {
      const conflicts = error instanceof Refused ? error.problem.conflicts : undefined;
      if (conflicts === undefined) throw error;
      if (conflicts.every(({ code }) => code === "already_undone")) return undefined;
      return { kind: "conflict", conflicts, partial: "batch" in selection };
    }
  }
}

/** Whether all that stands in the way goes away by itself. */
export function passes(conflicts: readonly UndoConflict[]): boolean {
  return conflicts.every(({ code }) => PASSING.has(code));
}
