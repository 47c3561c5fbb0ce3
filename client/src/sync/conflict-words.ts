/** What stands in the way of an undo, and why a save from outside was set aside, in plain words. */
import type { UndoConflict } from "./problem";

export function conflictSentence(conflict: UndoConflict): string {
  const actor = conflict.actor ?? "Somebody";
  const thing = thingOf(conflict);
  switch (conflict.code) {
    case "later_edit":
      return `${thing}: ${actor} changed it again later.`;
    case "row_deleted":
      return `${thing}: ${actor} has deleted it since.`;
    case "column_deleted":
      return `${thing}: the column has been deleted since.`;
    case "row_exists":
    case "column_exists":
      return `${thing}: it is back already.`;
    case "already_undone":
      return `${thing}: ${actor} has undone this already.`;
    case "row_locked":
      return `${thing}: ${actor} is editing it right now.`;
    case "row_cooling":
      return `${thing}: ${actor} has edited it just now. It is free in a few seconds.`;
    case "table_imported":
      return "The whole table was replaced by another file since. Restore an earlier moment instead.";
    case "not_undoable":
      return "This cannot be undone. Restore the moment before it instead.";
    default:
      return conflict.detail;
  }
}

function thingOf({ index, column }: UndoConflict): string {
  if (index === undefined) return column === undefined ? "The table" : `Column “${column}”`;
  return column === undefined ? `Row ${index}` : `Row ${index}, ${column}`;
}

const REASONS: Readonly<Record<string, string>> = {
  rows: "Somebody saved the file outside, and some of its rows were changed here as well.",
  older: "Somebody saved the file outside with older values in some rows.",
  columns: "Somebody saved the file outside while the columns were changed here.",
  half_lost: "A save from outside would lose more than half of the rows.",
  damaged: "A spreadsheet seems to have mangled many cells of the file.",
  not_regular: "Something that is no file stood where the table's file belongs.",
};

/** Why a save was set aside. */
export function reasonSentence(reason: string): string {
  return Object.hasOwn(REASONS, reason)
    ? (REASONS[reason] ?? "")
    : "The file was saved outside in a way that cannot be read as a table.";
}
