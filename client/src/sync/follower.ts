/** Follows the journal: applies every event once, in order, and repairs gaps by asking for what is missing. */
import type { TableEvent, Update } from "./events";

export type SyncAnswer =
  | { readonly position: number; readonly events: readonly TableEvent[] }
  | { readonly reload: true };

export interface FollowerHooks {
  apply(event: TableEvent): void;
  /** Several events have been applied: now is the time to show them. */
  settled(): void;
  /** Ask the server for everything after a position. */
  sync(after: number): Promise<SyncAnswer>;
  /** Too far behind: everything must be loaded anew. */
  reload(): void;
}

/** Enough to bring a window that was loaded a moment ago up to date. */
const EVENTS_KEPT = 1_000;

export class Follower {
  /** The position up to which everything was applied; null before the first rows are here. */
  position: number | null = null;
  readonly #hooks: FollowerHooks;
  #recent: TableEvent[] = [];
  #buffered: Update[] = [];
  #syncing = false;
  #waiting: { position: number; resolve: () => void }[] = [];

  constructor(hooks: FollowerHooks) {
    this.#hooks = hooks;
  }

  /** Rows as of `position` are here: go on from there. Later rows come with later positions and change nothing. */
  startAt(position: number): void {
    if (this.position !== null) return;
    this.position = position;
    this.#recent = [];
    this.#wake();
  }

  /** Forget everything: the next rows tell where we are. */
  reset(): void {
    this.position = null;
    this.#recent = [];
    this.#buffered = [];
  }

  /** Take a message from the server. */
  receive(update: Update): void {
    if (this.position === null) return;
    if (this.#syncing) this.#buffered.push(update);
    else if (update.reload) this.#reload();
    else if (update.after > this.position) void this.catchUp();
    else this.#take(update.events, update.position);
  }

  /** Ask for everything that is missing; false if the server did not answer. */
  async catchUp(): Promise<boolean> {
    if (this.position === null || this.#syncing) return true;
    this.#syncing = true;
    const after = this.position;
    const answer = await this.#hooks.sync(after).catch(() => undefined);
    this.#syncing = false;
    if (answer === undefined) {
      this.#buffered = [];
      return false;
    }
    if (this.position !== after) return true;
    if ("reload" in answer) this.#reload();
    else this.#take(answer.events, answer.position);
    for (const update of this.#buffered.splice(0)) this.receive(update);
    return true;
  }

  /** The events after `position`, if all of them are still at hand. */
  since(position: number): readonly TableEvent[] | undefined {
    const first = this.#recent[0]?.position ?? (this.position ?? 0) + 1;
    return position < first - 1 ? undefined : this.#recent.filter((event) => event.position > position);
  }

  /** Resolves once everything up to `position` has been applied. */
  reached(position: number): Promise<void> {
    if (this.position !== null && this.position >= position) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ position, resolve }));
  }

  #take(events: readonly TableEvent[], upto: number): void {
    for (const event of events) {
      if (this.position === null || event.position <= this.position) continue;
      this.#hooks.apply(event);
      this.position = event.position;
      this.#recent.push(event);
      if (event.kind === "table_imported") {
        this.#reload();
        return;
      }
    }
    this.position = Math.max(this.position ?? 0, upto);
    if (this.#recent.length > 2 * EVENTS_KEPT) this.#recent.splice(0, this.#recent.length - EVENTS_KEPT);
    this.#hooks.settled();
    this.#wake();
  }

  #reload(): void {
    this.reset();
    this.#hooks.reload();
  }

  #wake(): void {
    const position = this.position ?? -1;
    const ready = this.#waiting.filter((each) => each.position <= position);
    this.#waiting = this.#waiting.filter((each) => each.position > position);
    for (const each of ready) each.resolve();
  }
}
