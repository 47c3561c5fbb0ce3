/** Keys that mean something here that the grid does not know of. */
import type { GridApi, SuppressKeyboardEventParams } from "ag-grid-community";
import type { Row } from "@/sync/rows";
import type { RangeTools } from "./use-range";

export interface KeyHooks {
  readonly range: RangeTools;
  /** Whether the row of a cell may be edited; says why not, at the cell, if it may not. */
  readonly mayEdit: (index: number, column: string) => boolean;
  /** A key is about to open the editor. */
  readonly opens: (key: string) => void;
  /** The editor was opened by typing: arrows leave it, as in a spreadsheet. */
  readonly openedByTyping: () => boolean;
}

const ARROWS = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]);

/** Whether a key was dealt with, so that the grid shall leave it alone. */
export function handleKey(params: SuppressKeyboardEventParams<Row>, hooks: KeyHooks): boolean {
  const { event, editing, api } = params;
  if (event.isComposing) return true;
  return editing ? keyInEditor(event, api, hooks) : keyOnCell(params, hooks);
}

function keyInEditor(event: KeyboardEvent, api: GridApi<Row>, hooks: KeyHooks): boolean {
  if (event.key === "Enter" && event.altKey) return true;
  const leaves = event.key === "Tab" || (ARROWS.has(event.key) && hooks.openedByTyping() && !event.shiftKey);
  if (!leaves) return false;
  event.preventDefault();
  const [edited] = api.getEditingCells();
  // First the focus goes to the next cell: an editor that closes under the focus takes the keyboard with it.
  if (edited) moveFocus(api, edited.rowIndex, edited.colId, wayOf(event));
  api.stopEditing();
  return true;
}

function keyOnCell(
  { event, node, column }: SuppressKeyboardEventParams<Row>,
  { range, mayEdit, opens }: KeyHooks,
): boolean {
  const control = event.ctrlKey || event.metaKey;
  if (ARROWS.has(event.key) && event.shiftKey) {
    event.preventDefault();
    range.grow(event.key);
    return true;
  }
  if (control && event.key.toLowerCase() === "a") {
    event.preventDefault();
    range.selectAll();
    return true;
  }
  // These are events of the clipboard, or shortcuts of the page; as keys they would open an editor.
  if (control) return !["Home", "End", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key);
  if (event.key === "Delete" || event.key === "Backspace") {
    event.preventDefault();
    void range.clear();
    return true;
  }
  if (event.key === "Escape") range.collapse();
  const opening = event.key === "Enter" || event.key === "F2" || event.key.length === 1;
  if (!opening || node.data === undefined) return false;
  if (!mayEdit(node.data.index, column.getColId())) return true;
  opens(event.key);
  return false;
}

/** Which way a key leads: Tab goes right, and left with Shift. */
function wayOf(event: KeyboardEvent): string {
  if (event.key !== "Tab") return event.key;
  return event.shiftKey ? "ArrowLeft" : "ArrowRight";
}

function moveFocus(api: GridApi<Row>, place: number, column: string, way: string): void {
  const columns = api.getAllDisplayedColumns();
  const at = columns.findIndex((each) => each.getColId() === column);
  const next = columns[at + (way === "ArrowRight" ? 1 : 0) - (way === "ArrowLeft" ? 1 : 0)] ?? column;
  const row = place + (way === "ArrowDown" ? 1 : 0) - (way === "ArrowUp" ? 1 : 0);
  const target = Math.max(0, Math.min(api.getDisplayedRowCount() - 1, row));
  api.ensureIndexVisible(target);
  api.setFocusedCell(target, next);
}
