/** One cell being edited: takes the row when typing begins, keeps it while one types, gives it back afterwards. */
import { elapsed } from "@/lib/clock";
import { Emitter } from "@/lib/emitter";
import type { Engine } from "@/sync/engine";
import { problemIn } from "@/sync/engine";
import type { Problem } from "@/sync/problem";
import type { Row } from "@/sync/rows";

export interface EditedCell {
  readonly index: number;
  readonly column: string;
}

export type EditNews =
  /** Somebody else has the row: the editor must close. What was typed until now is in `text`. */
  | { readonly kind: "refused"; readonly cell: EditedCell; readonly problem: Problem; readonly text: string }
  | { readonly kind: "lost"; readonly cell: EditedCell }
  | { readonly kind: "ending"; readonly cell: EditedCell; readonly until: number }
  | { readonly kind: "calm" };

/** What a session needs of the engine. */
export interface SessionEngine {
  readonly leases: Engine["leases"];
  readonly outbox: Pick<Engine["outbox"], "submit" | "isWaiting">;
  readonly view: Pick<Engine["view"], "row">;
}

/** A row stays ours this long after the last edit while one remains in it, so that the next cell is free to type in. */
const LINGER_MS = 20_000;
const WARNING_MS = 60_000;
const TICK_MS = 1_000;

type Timer = ReturnType<typeof setTimeout>;

export class EditSession {
  readonly news = new Emitter<EditNews>();
  readonly #engine: SessionEngine;
  #row: number | null = null;
  #cell: EditedCell | null = null;
  #base: Row | undefined;
  #seen = "";
  #text = "";
  #typed = false;
  #warned = false;
  #lost = false;
  #tick: Timer | undefined;
  readonly #leaving = new Map<number, Timer>();
  readonly #stop: () => void;

  constructor(engine: SessionEngine) {
    this.#engine = engine;
    this.#stop = engine.leases.news.on((news) => {
      if (news.kind === "lost" && news.index === this.#cell?.index) this.#loseHold();
    });
  }

  get cell(): EditedCell | null {
    return this.#cell;
  }

  /** The editor opened. The row is asked for at once, but nobody waits for the answer. */
  begin(cell: EditedCell, row: Row, seen: string): void {
    this.#row = cell.index;
    this.#cell = cell;
    this.#base = row;
    this.#seen = seen;
    this.#text = seen;
    this.#typed = this.#warned = this.#lost = false;
    this.#stay(cell.index);
    this.#engine.leases.take(cell.index).catch((error: unknown) => {
      const problem = problemIn(error);
      // A server that is away does not forbid: the edit is kept, and checked against the row's version later.
      if (problem === undefined || this.#cell !== cell) return;
      this.news.emit({ kind: "refused", cell, problem, text: this.#text === this.#seen ? "" : this.#text });
    });
    this.#tick = setInterval(() => this.#look(), TICK_MS);
  }

  /** A key was pressed in the editor. */
  type(text: string): void {
    this.#typed = true;
    this.#text = text;
  }

  /** The editor closed with a text to save. */
  commit(cell: EditedCell, text: string): void {
    const row = this.#base?.index === cell.index ? this.#base : this.#engine.view.row(cell.index);
    if (row === undefined || text === this.#seen) return;
    const held = this.#engine.leases.held(cell.index);
    this.#engine.outbox.submit({
      ops: [{ op: "update", index: cell.index, cells: Object.fromEntries([[cell.column, text]]) }],
      seen: Object.fromEntries([[cell.column, this.#seen]]),
      ...(held === undefined ? this.#precondition(row) : { token: held.token }),
    });
  }

  /** The editor is closed, saved or not. */
  end(): void {
    clearInterval(this.#tick);
    const cell = this.#cell;
    this.#cell = null;
    this.news.emit({ kind: "calm" });
    if (cell !== null) this.#leave(cell.index, this.#row === cell.index ? LINGER_MS : 0);
  }

  /** One is at this row now, or at none: the others are given back, also those that are still being asked for. */
  moveTo(row: number | null): void {
    this.#row = row;
    for (const index of this.#engine.leases.rows) if (index !== row) this.#leave(index, 0);
  }

  /** Give the row back after a while, as soon as its edits have arrived. */
  #leave(index: number, after: number): void {
    this.#stay(index);
    const timer = setTimeout(() => void this.#giveBack(index, timer), after);
    this.#leaving.set(index, timer);
  }

  async #giveBack(index: number, timer: Timer): Promise<void> {
    await this.#engine.leases.awaited(index);
    // One may have come back while the server was asked.
    if (this.#leaving.get(index) !== timer) return;
    this.#leaving.delete(index);
    if (this.#cell?.index === index) return;
    if (this.#engine.outbox.isWaiting(index)) this.#leave(index, TICK_MS);
    else void this.#engine.leases.release(index);
  }

  close(): void {
    clearInterval(this.#tick);
    this.#stop();
    for (const index of this.#leaving.keys()) {
      this.#stay(index);
      void this.#engine.leases.release(index);
    }
    if (this.#cell !== null) void this.#engine.leases.release(this.#cell.index);
  }

  /** Without a lease the row's version says whether somebody was there in between; our own edits may not. */
  #precondition(row: Row): { version?: number } {
    return this.#engine.outbox.isWaiting(row.index) ? {} : { version: row.version };
  }

  #stay(index: number): void {
    clearTimeout(this.#leaving.get(index));
    this.#leaving.delete(index);
  }

  #look(): void {
    const cell = this.#cell;
    if (cell === null || this.#lost) return;
    if (this.#typed) {
      this.#typed = false;
      void this.#engine.leases.renew(cell.index);
    }
    const hold = this.#engine.leases.held(cell.index);
    if (hold === undefined) return;
    const ending = hold.until - elapsed() < Math.min(WARNING_MS, hold.term / 3);
    if (ending !== this.#warned)
      this.news.emit(ending ? { kind: "ending", cell, until: hold.until } : { kind: "calm" });
    this.#warned = ending;
  }

  #loseHold(): void {
    this.#lost = true;
    if (this.#cell !== null) this.news.emit({ kind: "lost", cell: this.#cell });
  }
}
