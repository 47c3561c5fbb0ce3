/** A row of the table, and what the fold needs of anything that holds rows. */
export interface Row {
  readonly index: number;
  readonly version: number;
  readonly cells: readonly string[];
}

/** Rows that the fold can change: a whole table, or the windows of one that a browser has seen. */
export interface Rows {
  columns: readonly string[];
  get(index: number): Row | undefined;
  /** Place a new row behind `after` (null: first). */
  insert(row: Row, after: number | null): void;
  replace(row: Row): void;
  /** Take a row out; it stood behind `after`. */
  remove(index: number, after: number | null): void;
  /** Place a row behind `after`; it stood behind `was`. */
  move(index: number, version: number, after: number | null, was: number | null): void;
  /** Give every row other cells. */
  reshape(columns: readonly string[], cellsOf: (row: Row) => readonly string[]): void;
}
