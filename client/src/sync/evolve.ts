/** What an event makes of rows and columns: the twin of the server's `core/evolve.py`. It never refuses. */
import type { CellChanges, ColumnEvent, TableEvent } from "./events";
import type { Row, Rows } from "./rows";

export function evolve(rows: Rows, event: TableEvent): void {
  switch (event.kind) {
    case "row_updated":
      update(rows, event.index, event.position, event.cells);
      break;
    case "row_added": {
      const cells = rows.columns.map((column) => change(event.cells, column)?.to ?? "");
      rows.insert({ index: event.index, version: event.position, cells }, event.after);
      break;
    }
    case "row_deleted":
      rows.remove(event.index, event.after);
      break;
    case "row_moved":
      rows.move(event.index, event.position, event.after, event.was);
      break;
    case "column_added":
    case "column_renamed":
    case "column_moved":
    case "column_deleted":
      evolveColumns(rows, event);
      break;
    case "style_changed":
      // The same columns in the same order, perhaps spelled in another way.
      if (event.columns !== undefined) rows.reshape(event.columns, (row) => row.cells);
      break;
    // Leases change no row, and an imported table is not in its event: whoever holds rows loads them anew.
    case "lease_granted":
    case "lease_renewed":
    case "lease_released":
    case "lease_expired":
    case "table_imported":
      break;
    default:
      event satisfies never;
  }
}

function update(rows: Rows, index: number, version: number, changes: CellChanges): void {
  const row = rows.get(index);
  // A row loaded after this event has it already.
  if (row === undefined || row.version >= version) return;
  const cells = row.cells.map((text, at) => {
    const column = rows.columns[at];
    const found = column === undefined ? undefined : change(changes, column);
    return found === undefined ? text : (found.to ?? "");
  });
  rows.replace({ index, version, cells });
}

function evolveColumns(rows: Rows, event: ColumnEvent): void {
  const { columns } = rows;
  switch (event.kind) {
    case "column_added":
      rows.reshape(columns.toSpliced(event.place, 0, event.column), (row) =>
        row.cells.toSpliced(event.place, 0, event.values[String(row.index)] ?? ""),
      );
      break;
    case "column_deleted":
      rows.reshape(columns.toSpliced(event.place, 1), (row) => row.cells.toSpliced(event.place, 1));
      break;
    case "column_moved":
      rows.reshape(moved(columns, event.was, event.place), (row) => moved(row.cells, event.was, event.place));
      break;
    case "column_renamed":
      rows.reshape(
        columns.map((column) => (column === event.column ? event.to : column)),
        (row: Row) => row.cells,
      );
      break;
    default:
      event satisfies never;
  }
}

/** A column may be called `constructor` or `__proto__`: only the object's own keys are columns. */
function change(changes: CellChanges, column: string) {
  return Object.hasOwn(changes, column) ? changes[column] : undefined;
}

function moved(texts: readonly string[], was: number, place: number): readonly string[] {
  const text = texts[was];
  return text === undefined ? texts : texts.toSpliced(was, 1).toSpliced(place, 0, text);
}
