/** The columns of the grid, from the columns of the table. */
import type { CellClassParams, ColDef } from "ag-grid-community";
import { isNumeric, readable, roomOn, shown, spread, widthOf } from "@/lib/column-kinds";
import type { Row } from "@/sync/rows";
import { CellEditor, isLongText } from "./cell-editor";
import { arranged, type ColumnLayout } from "./column-layout";
import { type GridContext, textOf } from "./grid-context";
import { holds } from "./range";
import { RowHead } from "./row-head";

export const ROW_HEAD = "#row";
const PHONE = 600;

export function columnDefs(
  columns: readonly string[],
  sample: readonly Row[],
  context: GridContext,
  layout: ColumnLayout,
  width: number,
): ColDef<Row, string>[] {
  const widths = widthsOf(columns, sample, layout, roomOn(width));
  const data = arranged(columns, layout).map(
    (column): ColDef<Row, string> => ({
      ...dataColumn(column, columns.indexOf(column), sample, context),
      width: widths.get(column) ?? 0,
      hide: layout.hidden.includes(column),
      pinned: layout.pinned.includes(column) ? "left" : null,
    }),
  );
  return [rowHead(width), ...data];
}

/** A narrow table is spread over a wide screen; whoever resizes a column has the last word. */
function widthsOf(
  columns: readonly string[],
  sample: readonly Row[],
  { widths, hidden }: ColumnLayout,
  room: number,
): ReadonlyMap<string, number> {
  const natural = (column: string) => widthOf(column, sample, columns.indexOf(column));
  const inSight = columns.filter((column) => !hidden.includes(column));
  const chosen = inSight.reduce((sum, column) => sum + (widths[column] ?? 0), 0);
  const free = inSight.filter((column) => widths[column] === undefined);
  const stretched = spread(free.map(natural), room - chosen);
  return new Map(
    columns.map((column) => [column, widths[column] ?? stretched[free.indexOf(column)] ?? natural(column)]),
  );
}

function rowHead(width: number): ColDef<Row, string> {
  return {
    colId: ROW_HEAD,
    headerName: "Row",
    headerClass: "row-head-header",
    pinned: "left",
    lockPinned: true,
    lockPosition: "left",
    width: width < PHONE ? 62 : 84,
    sortable: false,
    filter: false,
    resizable: false,
    editable: false,
    suppressMovable: true,
    cellClass: "row-head-cell",
    cellRenderer: RowHead,
    cellAriaRole: "rowheader",
    valueGetter: ({ data }) => (data === undefined ? "" : String(data.index)),
  };
}

function dataColumn(
  column: string,
  place: number,
  sample: readonly Row[],
  context: GridContext,
): ColDef<Row, string> {
  const { engine, revealed } = context;
  const numeric = isNumeric(sample, place);
  return {
    colId: column,
    headerName: column,
    ...(numeric ? { type: ["rightAligned", "numeric"], cellClass: "ag-right-aligned-cell cell-number" } : {}),
    filter: numeric ? "agNumberColumnFilter" : "agTextColumnFilter",
    headerTooltip: column,
    valueGetter: ({ data }) => (data === undefined ? "" : textOf(engine, data, column)),
    valueFormatter: ({ value }) =>
      revealed.has(column) ? shown(value ?? "") : readable(column, value ?? ""),
    editable: ({ data }) => data !== undefined && isOpen(context, data.index),
    cellEditorSelector: ({ value }) => ({
      component: CellEditor,
      popup: isLongText(value),
      popupPosition: "over",
    }),
    cellClassRules: {
      "cell-pending": (cell) => overlayOf(context, cell)?.state === "waiting",
      "cell-refused": (cell) => overlayOf(context, cell)?.state === "refused",
      "cell-in-range": ({ rowIndex }) =>
        context.box !== undefined && holds(context.box, rowIndex, context.columns.indexOf(column)),
    },
  };
}

/** Whether the row may be edited as far as we know; the server has the last word. */
export function isOpen({ engine }: GridContext, index: number): boolean {
  const status = engine.leases.status(index);
  if (status === undefined || engine.leases.held(index) !== undefined) return true;
  if (engine.leases.isTakenOver(index)) return true;
  return status.status === "cooldown" && status.holder === engine.username;
}

function overlayOf({ engine }: GridContext, { data, colDef }: CellClassParams<Row, string>) {
  return data === undefined ? undefined : engine.outbox.overlay(data.index, colDef.colId ?? "");
}

export const DEFAULT_COLUMN: ColDef<Row, string> = {
  resizable: true,
  sortable: true,
  minWidth: 70,
  suppressHeaderMenuButton: true,
  filterParams: {
    maxNumConditions: 1,
    filterOptions: ["contains", "equals", "notEqual", "blank"],
    debounceMs: 300,
  },
};

export const COLUMN_TYPES: Record<string, ColDef<Row, string>> = {
  numeric: {
    filterParams: {
      maxNumConditions: 1,
      filterOptions: ["greaterThanOrEqual", "lessThanOrEqual", "equals", "notEqual", "blank"],
      debounceMs: 300,
    },
  },
};
