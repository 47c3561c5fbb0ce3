/** How a person has laid out the columns: kept in this browser by name, and nobody else's concern. */
import { readStored, writeStored } from "@/lib/storage";

export interface ColumnLayout {
  /** As they were dragged; none: as the table has them. */
  readonly order: readonly string[] | null;
  readonly widths: Readonly<Record<string, number>>;
  readonly hidden: readonly string[];
  /** Those that stay in sight. */
  readonly pinned: readonly string[];
}

export const AS_THE_TABLE: ColumnLayout = { order: null, widths: {}, hidden: [], pinned: [] };

const nameOf = (username: string) => `rowlock.columns.${username}`;

export function storeLayout(username: string, layout: ColumnLayout): void {
  writeStored(localStorage, nameOf(username), isPlain(layout) ? null : layout);
}

export function storedLayout(username: string): ColumnLayout {
  const value = readStored(localStorage, nameOf(username));
  return isLayout(value) ? value : AS_THE_TABLE;
}

/** Whether nothing was laid out otherwise than the table has it. */
export function isPlain({ order, widths, hidden, pinned }: ColumnLayout): boolean {
  return order === null && Object.keys(widths).length === 0 && hidden.length === 0 && pinned.length === 0;
}

/** The table's columns as they were laid out; one that is new stands behind its neighbour in the table. */
export function arranged(columns: readonly string[], { order }: ColumnLayout): string[] {
  if (order === null) return [...columns];
  const result = order.filter((column) => columns.includes(column));
  for (const [at, column] of columns.entries()) {
    if (result.includes(column)) continue;
    const neighbour = columns[at - 1];
    result.splice(neighbour === undefined ? 0 : result.indexOf(neighbour) + 1, 0, column);
  }
  return result;
}

/** The layout after a column got another name. */
export function renamed(layout: ColumnLayout, from: string, to: string): ColumnLayout {
  const swap = (column: string) => (column === from ? to : column);
  return {
    order: layout.order?.map(swap) ?? null,
    widths: Object.fromEntries(Object.entries(layout.widths).map(([column, width]) => [swap(column), width])),
    hidden: layout.hidden.map(swap),
    pinned: layout.pinned.map(swap),
  };
}

function isLayout(value: unknown): value is ColumnLayout {
  if (typeof value !== "object" || value === null) return false;
  const { order, widths, hidden, pinned } = value as Partial<Record<keyof ColumnLayout, unknown>>;
  return (
    (order === null || areTexts(order)) &&
    typeof widths === "object" &&
    widths !== null &&
    Object.values(widths).every((width) => typeof width === "number") &&
    areTexts(hidden) &&
    areTexts(pinned)
  );
}

function areTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
