/** What the cells of the grid need beyond their row; one mutable object, since the grid asks it at each drawing. */
import type { Engine } from "@/sync/engine";
import type { Row } from "@/sync/rows";
import type { Box } from "./range";

export interface GridContext {
  readonly engine: Engine;
  /** Secret columns that are shown for now. */
  readonly revealed: Set<string>;
  /** The displayed columns, in order, without the row head. */
  columns: readonly string[];
  box: Box | undefined;
}

/** What a cell shows: the text on its way, else the table's. */
export function textOf(engine: Engine, row: Row, column: string): string {
  const overlay = engine.outbox.overlay(row.index, column);
  return overlay?.text ?? row.cells[engine.view.columns.indexOf(column)] ?? "";
}
