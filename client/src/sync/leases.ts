/** Who may write which row now, and the rows that this window holds itself. */
import { elapsed } from "@/lib/clock";
import { Emitter } from "@/lib/emitter";
import type { TableEvent } from "./events";
import { type Problem, Refused } from "./problem";
import type { LeaseShape } from "./shapes";

export interface LockStatus {
  readonly index: number;
  readonly status: "locked" | "cooldown";
  readonly holder: string;
  readonly token: number | null;
  /** On the elapsed clock: the server says how long, since our wall clock may be wrong. */
  readonly until: number;
}

export interface StatusMessage {
  readonly index: number;
  readonly status: "locked" | "cooldown" | "free";
  readonly holder: string | null;
  readonly token?: number | null;
  readonly expires_in: number | null;
}

export type LeaseAnswer = Pick<LeaseShape, "index" | "token" | "expires_in">;

/** What a lease needs of the server. */
export interface LeaseCalls {
  lock(index: number, takeover: boolean): Promise<LeaseAnswer>;
  renew(index: number, token: number): Promise<LeaseAnswer>;
  unlock(index: number, token: number): Promise<unknown>;
}

export interface Hold {
  readonly index: number;
  readonly token: number;
  readonly until: number;
  readonly term: number;
}

export type LeaseNews =
  | { readonly kind: "status"; readonly index: number }
  | { readonly kind: "all" }
  /** A row we held is ours no longer. */
  | { readonly kind: "lost"; readonly index: number };

const RENEWALS_A_TERM = 3;
/** We stop believing in a lease a little before the server does (RELIABILITY 6.22). */
const MARGIN_MS = 2_000;
const NEED_MS = 300;

export class Leases {
  readonly news = new Emitter<LeaseNews>();
  readonly #calls: LeaseCalls;
  readonly #statuses = new Map<number, LockStatus>();
  readonly #holds = new Map<number, Hold>();
  readonly #asked = new Map<number, Promise<Hold>>();
  readonly #takenOver = new Set<number>();

  constructor(calls: LeaseCalls) {
    this.#calls = calls;
  }

  /** Who holds a row, or whose edit it cools from. */
  status(index: number): LockStatus | undefined {
    const found = this.#statuses.get(index);
    return found !== undefined && found.until > elapsed() ? found : undefined;
  }

  /** Our own hold of a row, if it is still believed in. */
  held(index: number): Hold | undefined {
    const hold = this.#holds.get(index);
    return hold !== undefined && hold.until - MARGIN_MS > elapsed() ? hold : undefined;
  }

  /** The rows that we hold or have asked for. */
  get rows(): ReadonlySet<number> {
    return new Set([...this.#holds.keys(), ...this.#asked.keys()]);
  }

  /** Take a row; a row that is ours, or being taken, is not asked for twice. */
  take(index: number, takeover = false): Promise<Hold> {
    const held = this.held(index);
    if (held !== undefined) return Promise.resolve(held);
    const asked = this.#asked.get(index);
    if (asked !== undefined && !takeover) return asked;
    const answer = this.#take(index, takeover).finally(() => {
      this.#asked.delete(index);
      this.#takenOver.delete(index);
    });
    this.#asked.set(index, answer);
    if (takeover) this.#takenOver.add(index);
    return answer;
  }

  /** Whether another window of ours is being asked for the row, and may be believed to give it. */
  isTakenOver(index: number): boolean {
    return this.#takenOver.has(index);
  }

  /** Our hold of a row, once the answer to a question under way is here. */
  async awaited(index: number): Promise<Hold | undefined> {
    await this.#asked.get(index)?.catch(() => undefined);
    return this.held(index);
  }

  /** Hold a row for another term once a third of the present one has passed; false if it was lost. */
  async renew(index: number): Promise<boolean> {
    const hold = this.#holds.get(index);
    if (hold === undefined) return false;
    if (hold.until - elapsed() > hold.term * (1 - 1 / RENEWALS_A_TERM)) return true;
    try {
      this.#keep(await this.#calls.renew(index, hold.token));
      return true;
    } catch (error) {
      // A server that is away may still keep the lease for us; one that refuses does not.
      if (error instanceof Refused) this.#lose(index);
      return this.held(index) !== undefined;
    }
  }

  /** Give a row back once nothing needs it any more. It ends by itself if the server does not hear us. */
  async release(index: number, needed: () => boolean = () => false): Promise<void> {
    await this.#asked.get(index)?.catch(() => undefined);
    while (needed()) await new Promise((resolve) => setTimeout(resolve, NEED_MS));
    const hold = this.#holds.get(index);
    if (hold === undefined) return;
    this.#holds.delete(index);
    this.news.emit({ kind: "status", index });
    await this.#calls.unlock(index, hold.token).catch(() => undefined);
  }

  /** Take in what the server says of one row. */
  say(message: StatusMessage): void {
    const { index, status, holder, expires_in } = message;
    if (status === "free" || holder === null || expires_in === null) this.#statuses.delete(index);
    else {
      const until = elapsed() + expires_in * 1000;
      this.#statuses.set(index, { index, status, holder, token: message.token ?? null, until });
    }
    this.news.emit({ kind: "status", index });
  }

  /** Take in what the server says of every row that is held or cooling. */
  sayAll(messages: readonly StatusMessage[]): void {
    this.#statuses.clear();
    for (const message of messages) this.say(message);
    for (const { index, token } of this.#holds.values())
      if (this.#statuses.get(index)?.token !== token) this.#lose(index);
    this.news.emit({ kind: "all" });
  }

  /** What a refusal tells of a row is news as well. */
  learn(problem: Problem): void {
    if (problem.index === undefined || problem.holder === undefined || problem.expires_in === undefined)
      return;
    if (problem.code !== "row_locked" && problem.code !== "row_cooling") return;
    const status = problem.code === "row_locked" ? "locked" : "cooldown";
    this.say({ index: problem.index, status, holder: problem.holder, expires_in: problem.expires_in });
  }

  /** Take in an event: the end of our own lease, or another window of ours taking it over. */
  evolve(event: TableEvent): void {
    if (event.kind === "lease_expired" || event.kind === "lease_released") {
      if (this.#holds.get(event.index)?.token === event.token) this.#lose(event.index);
    } else if (event.kind === "lease_granted") {
      const hold = this.#holds.get(event.index);
      if (hold !== undefined && hold.token < event.token) this.#lose(event.index);
    } else if (event.kind === "row_deleted" && this.#holds.has(event.index)) this.#lose(event.index);
  }

  async #take(index: number, takeover: boolean): Promise<Hold> {
    try {
      return this.#keep(await this.#calls.lock(index, takeover));
    } catch (error) {
      if (error instanceof Refused) this.learn(error.problem);
      throw error;
    }
  }

  #keep(answer: LeaseAnswer): Hold {
    const term = answer.expires_in * 1000;
    const hold = { index: answer.index, token: answer.token, term, until: elapsed() + term };
    this.#holds.set(answer.index, hold);
    this.news.emit({ kind: "status", index: answer.index });
    return hold;
  }

  #lose(index: number): void {
    if (this.#holds.delete(index)) this.news.emit({ kind: "lost", index });
  }
}
