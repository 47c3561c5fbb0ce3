/** Folds events over a whole table. The golden files hold this fold and the server's to the same results. */
import { isLease, type TableEvent } from "./events";
import { evolve } from "./evolve";
import type { Row, Rows } from "./rows";

export interface Held {
  readonly token: number;
  readonly holder: string;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Rows that are held, by index. */
  readonly leases?: ReadonlyMap<number, Held>;
}

/** The table after an event. */
export function fold(table: Table, event: TableEvent): Table {
  const rows = new WholeTable(table);
  evolve(rows, event);
  return { columns: rows.columns, rows: rows.rows, leases: foldLease(table.leases ?? new Map(), event) };
}

/** Who holds which row after an event. The end of an older lease does not touch a newer one. */
export function foldLease(leases: ReadonlyMap<number, Held>, event: TableEvent): ReadonlyMap<number, Held> {
  if (event.kind === "row_deleted") return without(leases, event.index);
  if (!isLease(event) || event.kind === "lease_renewed") return leases;
  if (event.kind === "lease_granted") {
    return new Map(leases).set(event.index, { token: event.token, holder: event.holder });
  }
  return leases.get(event.index)?.token === event.token ? without(leases, event.index) : leases;
}

function without(leases: ReadonlyMap<number, Held>, index: number): ReadonlyMap<number, Held> {
  const rest = new Map(leases);
  rest.delete(index);
  return rest;
}

/** Every row of a table, in order. */
class WholeTable implements Rows {
  columns: readonly string[];
  rows: Row[];

  constructor(table: Table) {
    this.columns = table.columns;
    this.rows = [...table.rows];
  }

  get(index: number): Row | undefined {
    return this.rows.find((row) => row.index === index);
  }

  insert(row: Row, after: number | null): void {
    this.rows.splice(after === null ? 0 : this.#place(after) + 1, 0, row);
  }

  replace(row: Row): void {
    this.rows[this.#place(row.index)] = row;
  }

  remove(index: number): void {
    this.rows.splice(this.#place(index), 1);
  }

  move(index: number, version: number, after: number | null): void {
    const row = this.get(index);
    if (row === undefined) return;
    this.remove(index);
    this.insert({ ...row, version }, after);
  }

  reshape(columns: readonly string[], cellsOf: (row: Row) => readonly string[]): void {
    this.rows = this.rows.map((row) => ({ ...row, cells: cellsOf(row) }));
    this.columns = columns;
  }

  #place(index: number): number {
    return this.rows.findIndex((row) => row.index === index);
  }
}
