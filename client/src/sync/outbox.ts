/** Edits on their way: shown at once, kept until the table has them, sent again under the same key, never twice. */
import { Emitter } from "@/lib/emitter";
import { randomId } from "@/lib/random-id";
import { isTransient, type Problem, Refused } from "./problem";

export type Texts = Readonly<Record<string, string>>;

export interface RowOp {
  readonly op: "add" | "update" | "delete";
  readonly index?: number;
  readonly cells?: Texts;
  readonly after?: number;
  readonly before?: number;
}

/** What somebody wants done. Several operations are one batch: all or nothing. */
export interface Command {
  readonly ops: readonly RowOp[];
  /** What the cells said when this was typed, so that a refusal can show what changed meanwhile. */
  readonly seen?: Texts;
  /** The version of the row that was typed into: refused if it moved on, where no lease kept it. */
  readonly version?: number;
  readonly token?: number;
}

export interface Pending extends Command {
  readonly key: string;
  readonly state: "waiting" | "saved" | "refused";
  readonly problem?: Problem;
  /** It was sent before: it must stay as it was, for the server compares what comes under one key. */
  readonly sent?: true;
}

export interface Overlay {
  readonly text: string;
  readonly state: Pending["state"];
}

export interface Answer {
  readonly position: number;
}

export interface OutboxHooks {
  /** Fill in what is known only when the edit goes out: the token of the row's lease. */
  prepare(pending: Pending): Promise<Pending>;
  send(pending: Pending): Promise<Answer>;
  /** Resolves once the table has everything up to the position. */
  reached(position: number): Promise<void>;
  /** The list changed: keep a copy of it that outlives this page. */
  store(pending: readonly Pending[]): void;
}

const RETRY_MS = 2_000;

export class Outbox {
  /** An edit is in the journal. */
  readonly saved = new Emitter<{ readonly pending: Pending; readonly position: number }>();
  /** Tells which rows look different now. */
  readonly changed = new Emitter<readonly number[]>();
  readonly #hooks: OutboxHooks;
  #list: readonly Pending[] = [];
  #overlays: ReadonlyMap<number, ReadonlyMap<string, Overlay>> = new Map();
  #running = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(hooks: OutboxHooks) {
    this.#hooks = hooks;
  }

  get list(): readonly Pending[] {
    return this.#list;
  }

  /** What a person typed into a cell and the table does not have yet. */
  overlay(index: number, column: string): Overlay | undefined {
    return this.#overlays.get(index)?.get(column);
  }

  /** Whether an edit of the row is still on its way. */
  isWaiting(index: number): boolean {
    return this.#list.some((each) => each.state === "waiting" && each.ops.some((op) => op.index === index));
  }

  /** Whether anything is still on its way. */
  get waiting(): boolean {
    return this.#next() !== undefined;
  }

  /** Do something; the answer is the key it goes under. */
  submit(command: Command): string {
    const pending: Pending = { ...command, key: randomId(), state: "waiting" };
    this.#set([...this.#list, pending], pending);
    void this.flush();
    return pending.key;
  }

  /** Keep a text that could not even be sent, to be offered again. */
  keepRefused(command: Command, problem: Problem): void {
    const pending: Pending = { ...command, key: randomId(), state: "refused", problem };
    this.#set([...this.#list, pending], pending);
  }

  /** Take over what an earlier page left behind. */
  adopt(list: readonly Pending[]): void {
    const known = new Set(this.#list.map((each) => each.key));
    const fresh = list.filter((each) => !known.has(each.key) && each.state !== "saved");
    if (fresh.length > 0) this.#set([...this.#list, ...fresh], ...fresh);
  }

  /** Another try for a refused edit: a new request, with a new key, on what the table is now. */
  tryAgain(key: string, token?: number): void {
    const found = this.#list.find((each) => each.key === key);
    if (found?.state !== "refused") return;
    this.discard(key);
    this.submit({ ops: found.ops, ...(token === undefined ? {} : { token }) });
  }

  /** Forget an edit. */
  discard(key: string): void {
    const found = this.#list.filter((each) => each.key === key);
    this.#set(
      this.#list.filter((each) => each.key !== key),
      ...found,
    );
  }

  /** Send what waits, in order; stops where the server is away and goes on by itself. */
  async flush(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#retry);
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        if (!(await this.#send(next))) {
          this.#retry = setTimeout(() => void this.flush(), RETRY_MS);
          break;
        }
      }
    } finally {
      this.#running = false;
    }
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  #next(): Pending | undefined {
    return this.#list.find((each) => each.state === "waiting");
  }

  /** Whether the server said anything final. */
  async #send(pending: Pending): Promise<boolean> {
    try {
      const prepared: Pending = pending.sent
        ? pending
        : { ...(await this.#hooks.prepare(pending)), sent: true };
      this.#become(pending, prepared);
      const answer = await this.#hooks.send(prepared);
      this.#become(pending, { ...prepared, state: "saved" });
      this.saved.emit({ pending: prepared, position: answer.position });
      void this.#hooks.reached(answer.position).then(() => this.discard(pending.key));
      return true;
    } catch (error) {
      if (!(error instanceof Refused) || error.problem.status === 401 || isTransient(error.problem))
        return false;
      this.#become(pending, { ...pending, state: "refused", problem: error.problem });
      return true;
    }
  }

  #become(before: Pending, after: Pending): void {
    this.#set(
      this.#list.map((each) => (each.key === before.key ? after : each)),
      after,
    );
  }

  #set(list: readonly Pending[], ...touched: readonly Pending[]): void {
    this.#list = list;
    this.#overlays = overlaysOf(list);
    this.#hooks.store(list);
    this.changed.emit(touched.flatMap((each) => each.ops.flatMap((op) => op.index ?? [])));
  }
}

/** By row and column what was typed last. */
function overlaysOf(list: readonly Pending[]): ReadonlyMap<number, ReadonlyMap<string, Overlay>> {
  const found = new Map<number, Map<string, Overlay>>();
  for (const { ops, state } of list) {
    for (const op of ops) {
      if (op.op !== "update" || op.index === undefined) continue;
      const row = found.get(op.index) ?? new Map<string, Overlay>();
      for (const [column, text] of Object.entries(op.cells ?? {})) row.set(column, { text, state });
      found.set(op.index, row);
    }
  }
  return found;
}
