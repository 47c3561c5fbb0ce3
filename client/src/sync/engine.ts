/** The sync engine: one connection, the table's view, leases, pending edits and presence of one signed-in person. */
import { createStore } from "zustand/vanilla";
import { Emitter } from "@/lib/emitter";
import type { TableEvent, Update } from "./events";
import { Follower } from "./follower";
import type { Http } from "./http";
import { type LeaseAnswer, Leases, type StatusMessage } from "./leases";
import { Outbox, type Pending } from "./outbox";
import { headOf, ownSelectionAt, undoEvents } from "./past";
import { orphanedPending, storePending } from "./pending-store";
import { Refused } from "./problem";
import { paramsOf, type Query } from "./query";
import { quiet } from "./quiet";
import { sendPending } from "./send-pending";
import type { Transport } from "./transport";
import { UndoStack } from "./undo-stack";
import { storedSteps, storeSteps } from "./undo-store";
import { View, type Window } from "./view";

export type Connection = "offline" | "connecting" | "syncing" | "live";

export interface Present {
  readonly username: string;
  readonly index?: number;
}

export interface NumberMessage {
  readonly timestamp: string;
  readonly value: number;
}

export interface SyncState {
  readonly connection: Connection;
  readonly present: readonly Present[];
  readonly pending: readonly Pending[];
}

export interface EngineParts {
  readonly http: Http;
  readonly transport: Transport;
  readonly username: string;
  readonly client: string;
  /** The server ended the session. */
  readonly sessionEnded: () => void;
}

/** An edit of the file from outside was set aside. */
export interface FileConflictMessage {
  readonly id: string;
  readonly reason: string;
  readonly detail: string;
}

const RETRY_MS = 3_000;

export class Engine {
  readonly state = createStore<SyncState>(() => ({ connection: "connecting", present: [], pending: [] }));
  readonly numbers = new Emitter<NumberMessage>();
  readonly events = new Emitter<TableEvent>();
  readonly fileConflicts = new Emitter<FileConflictMessage>();
  readonly username: string;
  readonly client: string;
  readonly http: Http;
  readonly leases: Leases;
  readonly outbox: Outbox;
  readonly undos: UndoStack;
  readonly view: View;
  readonly #transport: Transport;
  readonly #follower: Follower;
  readonly #sessionEnded: () => void;
  #focused: number | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(parts: EngineParts) {
    const { http, transport, username, client } = parts;
    this.http = http;
    this.username = username;
    this.client = client;
    this.#transport = transport;
    this.#sessionEnded = parts.sessionEnded;
    this.leases = new Leases({
      lock: (index, takeover) => transport.ask<LeaseAnswer>("lock", { index, takeover }),
      renew: (index, token) => transport.ask<LeaseAnswer>("renew", { index, token }),
      unlock: (index, token) => transport.ask("unlock", { index, token }),
    });
    this.outbox = new Outbox({
      prepare: (pending) => this.#prepare(pending),
      send: (pending) => sendPending(http, pending),
      reached: (position) => this.#follower.reached(position),
      store: (pending) => {
        storePending(username, client, pending);
        this.state.setState({ pending });
      },
    });
    this.undos = new UndoStack(
      {
        quiet: () => quiet(this.outbox),
        selectionAt: (position) => ownSelectionAt(http, position, username),
        undo: (selection, onConflict) => undoEvents(http, selection, onConflict),
        store: (steps) => storeSteps(username, steps),
      },
      storedSteps(username),
    );
    this.outbox.saved.on(({ position }) => this.undos.did(position));
    this.#follower = new Follower({
      apply: (event) => this.#apply(event),
      settled: () => this.view.settle(),
      sync: (after) => transport.ask("sync", { after }),
      reload: () => {
        this.view.reset();
        void this.#begin();
      },
    });
    this.view = new View({
      fetch: (query, offset, limit, signal) => this.fetch(query, offset, limit, signal),
      arrived: (position) => this.#arrived(position),
      since: (position) => this.#follower.since(position),
    });
  }

  async start(): Promise<void> {
    this.#listen();
    this.#transport.connect();
    this.outbox.adopt(await orphanedPending(this.username, this.client));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.outbox.stop();
    this.#transport.close();
  }

  /** The position up to which the table is known. */
  get position(): number | null {
    return this.#follower.position;
  }

  /** Try at once: the network is back, or somebody signed in again. */
  reconnect(): void {
    if (this.#closed) return;
    if (!this.#transport.connected) this.#transport.connect();
    void this.outbox.flush();
  }

  /** Tell the others which row one is at. */
  focus(index: number | null): void {
    if (index === this.#focused) return;
    this.#focused = index;
    this.#transport.ask("focus", { index }).catch(() => undefined);
  }

  /** Rows of a query, as the server has them now. */
  fetch(query: Query, offset: number, limit: number, signal?: AbortSignal): Promise<Window> {
    return this.http.ask<Window>("GET", "/api/fetch_csv", {
      params: { ...paramsOf(query), offset, limit },
      signal,
    });
  }

  /** A row that is ours is written under its lease; a lease that is being asked for is waited for. */
  async #prepare(pending: Pending): Promise<Pending> {
    const [only, ...others] = pending.ops;
    if (pending.token !== undefined || only?.index === undefined || others.length > 0) return pending;
    const hold = await this.leases.awaited(only.index);
    return hold === undefined ? pending : { ...pending, token: hold.token };
  }

  async #arrived(position: number): Promise<void> {
    if (this.#follower.position === null) {
      this.#follower.startAt(position);
      // Messages that came before the first rows were not counted.
      if (this.#transport.connected) void this.#follower.catchUp();
    }
    await this.#follower.reached(position);
  }

  #apply(event: TableEvent): void {
    this.view.evolve(event);
    this.leases.evolve(event);
    this.events.emit(event);
  }

  #listen(): void {
    const { state } = this;
    this.#transport.on("connect", () => void this.#connected());
    this.#transport.on("disconnect", () => this.#disconnected());
    this.#transport.on("refused", (reason: string) => this.#refused(reason));
    this.#transport.on("session_ended", ({ reason }: { reason: string }) => {
      // A server that shuts down says goodbye to everybody; the sessions go on when it is back.
      if (reason !== "shutdown") this.#sessionEnded();
    });
    this.#transport.on("csv_update", (update: Update) => this.#follower.receive(update));
    this.#transport.on("lock_status", (message: StatusMessage) => this.leases.say(message));
    this.#transport.on("presence", ({ users }: { users: Present[] }) => state.setState({ present: users }));
    this.#transport.on("file_conflict", (told: FileConflictMessage) => this.fileConflicts.emit(told));
    this.#transport.on("number", (number: NumberMessage) => this.numbers.emit(number));
  }

  async #connected(): Promise<void> {
    this.state.setState({ connection: "syncing" });
    const caughtUp = this.position === null ? await this.#begin() : await this.#follower.catchUp();
    if (!caughtUp || !this.#transport.connected) return this.#disconnected();
    this.state.setState({ connection: "live" });
    if (this.#focused !== null) this.#transport.ask("focus", { index: this.#focused }).catch(() => undefined);
    void this.outbox.flush();
    await this.#loadStatuses();
  }

  /** Follow from now on, also where no rows are shown; false if the server did not answer. */
  async #begin(): Promise<boolean> {
    const head = await headOf(this.http).catch(() => undefined);
    if (head !== undefined) this.#follower.startAt(head);
    return head !== undefined;
  }

  async #loadStatuses(): Promise<void> {
    const statuses = await this.http.ask<StatusMessage[]>("GET", "/api/leases").catch(() => undefined);
    if (statuses !== undefined) this.leases.sayAll(statuses);
  }

  #disconnected(): void {
    if (this.#closed) return;
    this.state.setState({ connection: "offline", present: [] });
    this.#retryLater();
  }

  #refused(reason: string): void {
    this.state.setState({ connection: "offline", present: [] });
    if (reason === "unauthorized") this.#sessionEnded();
    else this.#retryLater();
  }

  /** The library tries again after a lost network, but not after a server that hung up or refused. */
  #retryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.reconnect(), RETRY_MS);
  }
}

/** The problem in an error, if the server gave one. */
export function problemIn(error: unknown) {
  return error instanceof Refused ? error.problem : undefined;
}
