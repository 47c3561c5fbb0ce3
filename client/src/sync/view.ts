/** The rows of one query as this browser sees them: windows loaded on demand, kept true by events. */
import { Emitter } from "@/lib/emitter";
import type { TableEvent } from "./events";
import { evolve } from "./evolve";
import { isWhole, type Query, WHOLE_TABLE } from "./query";
import type { Row } from "./rows";
import type { WindowShape } from "./shapes";
import { WindowRows } from "./window-rows";

export type Window = WindowShape;

export type ViewNews =
  /** Cells of these rows changed where they stand. */
  | { readonly kind: "cells"; readonly changes: readonly CellsChanged[] }
  /** Rows came, went or moved. */
  | { readonly kind: "places" }
  | { readonly kind: "columns" }
  /** The number of rows is another one, since other rows were asked for. */
  | { readonly kind: "total" }
  /** Under a sort or a filter others changed rows: the order may no longer be what was asked for. */
  | { readonly kind: "drift"; readonly count: number };

export interface CellsChanged {
  readonly index: number;
  readonly actor: string;
  readonly key: string | undefined;
  readonly columns: readonly string[];
}

export interface ViewHooks {
  fetch(query: Query, offset: number, limit: number, signal?: AbortSignal): Promise<Window>;
  /** Resolves once all events up to a position were applied; the first call sets where we start. */
  arrived(position: number): Promise<void>;
  since(position: number): readonly TableEvent[] | undefined;
}

const TRIES = 5;

export class View {
  readonly news = new Emitter<ViewNews>();
  readonly #hooks: ViewHooks;
  #query: Query = WHOLE_TABLE;
  #rows = unknownRows([], 0);
  #changes: CellsChanged[] = [];
  #placesChanged = false;
  #drift = 0;

  constructor(hooks: ViewHooks) {
    this.#hooks = hooks;
  }

  get query(): Query {
    return this.#query;
  }
  get columns(): readonly string[] {
    return this.#rows.columns;
  }
  get total(): number {
    return this.#rows.total;
  }
  get drift(): number {
    return this.#drift;
  }
  row(index: number): Row | undefined {
    return this.#rows.get(index);
  }
  placeOf(index: number): number | undefined {
    return this.#rows.placeOf(index);
  }
  /** The index of the last row, where it is known. */
  get last(): number | undefined {
    return this.#rows.last;
  }

  /** Ask for other rows from now on, or for the same in their true order. */
  ask(query: Query): void {
    this.#query = query;
    this.#forget();
  }

  /** Forget all rows: those on the screen are stale. The next `load` brings them anew. */
  reset(): void {
    this.#forget();
    this.news.emit({ kind: "places" });
  }

  #forget(): void {
    this.#rows = unknownRows(this.#rows.columns, this.#rows.total);
    this.#drift = 0;
  }

  /** Rows that are at hand, without asking anybody. */
  read(start: number, end: number): readonly Row[] | undefined {
    return this.#rows.torn ? undefined : this.#rows.read(start, end);
  }

  /** Rows at the places from `start` to `end`. */
  async load(start: number, end: number, signal?: AbortSignal): Promise<readonly Row[]> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const query = this.#query;
      const window = await this.#hooks.fetch(query, start, end - start, signal);
      await this.#hooks.arrived(window.position);
      if (query !== this.#query) continue;
      const rows = this.#broughtUpToDate(window, start);
      if (rows === undefined) continue;
      this.#merge(rows);
      return rows.read(start, end) ?? this.#rows.read(start, end) ?? [];
    }
    throw new Error("The table changes faster than it can be loaded.");
  }

  /** Take in an event; `settle` tells the listeners afterwards. */
  evolve(event: TableEvent): void {
    if (isWhole(this.#query)) this.#evolveWhole(event);
    else this.#evolveResult(event);
  }

  settle(): void {
    if (this.#placesChanged) this.news.emit({ kind: "places" });
    if (this.#changes.length > 0) this.news.emit({ kind: "cells", changes: this.#changes });
    this.#placesChanged = false;
    this.#changes = [];
  }

  #evolveWhole(event: TableEvent): void {
    if (event.kind === "row_updated") this.#note(event);
    evolve(this.#rows, event);
    if (event.kind === "row_added" || event.kind === "row_deleted" || event.kind === "row_moved")
      this.#placesChanged = true;
    if (event.kind.startsWith("column_") || event.kind === "style_changed")
      this.news.emit({ kind: "columns" });
  }

  /** Rows of a sort or a filter stay where they are; only what is certain is applied. */
  #evolveResult(event: TableEvent): void {
    switch (event.kind) {
      case "row_updated":
        this.#note(event);
        evolve(this.#rows, event);
        this.#drifted();
        break;
      case "row_deleted":
        if (this.#rows.placeOf(event.index) === undefined) this.#drifted();
        else {
          evolve(this.#rows, event);
          this.#placesChanged = true;
        }
        break;
      case "row_added":
        this.#drifted();
        break;
      case "column_added":
      case "column_deleted":
      case "column_moved":
      case "column_renamed":
      case "style_changed":
        evolve(this.#rows, event);
        this.news.emit({ kind: "columns" });
        break;
      default:
        break;
    }
  }

  #note(event: Extract<TableEvent, { kind: "row_updated" }>): void {
    const { index, actor, key } = event;
    this.#changes.push({ index, actor, key, columns: Object.keys(event.cells) });
  }

  #drifted(): void {
    this.#drift += 1;
    this.news.emit({ kind: "drift", count: this.#drift });
  }

  /** The window with every event after it applied; nothing if that cannot be known. */
  #broughtUpToDate(window: Window, start: number): WindowRows | undefined {
    const rows = new WindowRows(window.columns, window.total);
    rows.put(start, window.rows);
    const later = this.#hooks.since(window.position);
    if (later === undefined) return undefined;
    if (isWhole(this.#query)) for (const event of later) evolve(rows, event);
    else for (const event of later) if (event.kind === "row_updated") evolve(rows, event);
    return rows.torn ? undefined : rows;
  }

  #merge(loaded: WindowRows): void {
    const columnsBefore = this.#rows.columns.join("\n");
    const totalBefore = this.#rows.total;
    if (this.#rows.torn) this.#rows = loaded;
    else {
      this.#rows.columns = loaded.columns;
      this.#rows.total = loaded.total;
      for (const segment of loaded.segments) this.#rows.put(segment.start, segment.rows);
    }
    if (totalBefore !== this.#rows.total) this.news.emit({ kind: "total" });
    if (columnsBefore !== this.#rows.columns.join("\n")) this.news.emit({ kind: "columns" });
  }
}

/** Nothing is at hand; whoever reads must load. */
function unknownRows(columns: readonly string[], total: number): WindowRows {
  const rows = new WindowRows(columns, total);
  rows.torn = true;
  return rows;
}
