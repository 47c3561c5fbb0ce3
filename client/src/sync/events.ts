/** The public events of the journal, as the server writes them. */
import type { ChangeShape } from "./shapes";

export type CellChange = ChangeShape;
export type CellChanges = Readonly<Record<string, CellChange>>;
/** Row index (as text, since JSON has no other keys) to text. */
export type ColumnValues = Readonly<Record<string, string>>;

interface Common {
  readonly position: number;
  readonly at: string;
  readonly actor: string;
  readonly batch?: number;
  readonly key?: string;
  readonly reason?: string;
  /** The position of the event that this one takes back. */
  readonly undoes?: number;
}

export interface RowAdded extends Common {
  readonly kind: "row_added";
  readonly index: number;
  readonly cells: CellChanges;
  /** The row it stands behind; null for the first place. */
  readonly after: number | null;
}
export interface RowUpdated extends Common {
  readonly kind: "row_updated";
  readonly index: number;
  readonly cells: CellChanges;
}
export interface RowDeleted extends Common {
  readonly kind: "row_deleted";
  readonly index: number;
  readonly cells: CellChanges;
  readonly after: number | null;
}
export interface RowMoved extends Common {
  readonly kind: "row_moved";
  readonly index: number;
  readonly after: number | null;
  readonly was: number | null;
}
export interface ColumnAdded extends Common {
  readonly kind: "column_added";
  readonly column: string;
  readonly place: number;
  readonly values: ColumnValues;
}
export interface ColumnRenamed extends Common {
  readonly kind: "column_renamed";
  readonly column: string;
  readonly to: string;
}
export interface ColumnMoved extends Common {
  readonly kind: "column_moved";
  readonly column: string;
  readonly place: number;
  readonly was: number;
}
export interface ColumnDeleted extends Common {
  readonly kind: "column_deleted";
  readonly column: string;
  readonly place: number;
  readonly values: ColumnValues;
}
export interface TableImported extends Common {
  readonly kind: "table_imported";
  readonly columns: readonly string[];
  readonly rows: number;
}
/** The file is written in another manner: line ends, delimiter, or how the header spells its columns. */
export interface StyleChanged extends Common {
  readonly kind: "style_changed";
  readonly columns?: readonly string[];
}
export interface LeaseGranted extends Common {
  readonly kind: "lease_granted";
  readonly index: number;
  readonly token: number;
  readonly holder: string;
}
export interface LeaseChanged extends Common {
  readonly kind: "lease_renewed" | "lease_released" | "lease_expired";
  readonly index: number;
  readonly token: number;
}

export type RowEvent = RowAdded | RowUpdated | RowDeleted | RowMoved;
export type ColumnEvent = ColumnAdded | ColumnRenamed | ColumnMoved | ColumnDeleted;
export type LeaseEvent = LeaseGranted | LeaseChanged;
export type TableEvent = RowEvent | ColumnEvent | LeaseEvent | TableImported | StyleChanged;

/** What a message or an answer carries: every event after `after` up to `position`. */
export interface Update {
  readonly after: number;
  readonly position: number;
  readonly events: readonly TableEvent[];
  readonly reload?: boolean;
}

/** Whether it tells who may write a row, and changes none. */
export function isLease(event: TableEvent): event is LeaseEvent {
  return event.kind.startsWith("lease_");
}
