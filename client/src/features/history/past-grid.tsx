/** A read-only grid over the table at one position. */
import type { ColDef, GridApi, IDatasource, ITooltipParams } from "ag-grid-community";
import { AgGridReact } from "ag-grid-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { isNumeric, readable, roomOn, spread, widthOf } from "@/lib/column-kinds";
import type { Engine } from "@/sync/engine";
import { WHOLE_TABLE } from "@/sync/query";
import type { Row } from "@/sync/rows";
import type { Window } from "@/sync/view";
import { useEngine } from "@/ui/engine-context";
import { registerGridModules } from "@/ui/grid/grid-modules";
import { gridTheme } from "@/ui/grid/grid-theme";
import type { ChangesSince } from "./changes-since";
import classes from "./past-table.module.css";

registerGridModules();

const WINDOW_ROWS = 100;
const ROW_HEAD = "#row";

interface PastGridProps {
  readonly position: number;
  readonly changes: ChangesSince | undefined;
  readonly onFocused: (cell: PastCell | null) => void;
}

/** A cell of the table as it was; without a column, the row. */
export interface PastCell {
  readonly index: number;
  readonly column?: string;
}

export function PastGrid({ position, changes, onFocused }: PastGridProps) {
  const engine = useEngine();
  const grid = useRef<AgGridReact<Row>>(null);
  const [first, setFirst] = useState<Window>();
  // The grid asks at each drawing; it must not be made anew for that.
  const latest = useRef(changes);
  latest.current = changes;

  useEffect(() => {
    const stop = new AbortController();
    fetchAt(engine, position, 0, WINDOW_ROWS, stop.signal).then(setFirst, () => undefined);
    return () => stop.abort();
  }, [engine, position]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: other changes are other colours.
  useEffect(() => grid.current?.api?.refreshCells({ force: true }), [changes]);

  const source = useMemo<IDatasource>(
    () => ({
      getRows({ startRow, endRow, successCallback, failCallback }) {
        fetchAt(engine, position, startRow, endRow - startRow).then(
          ({ rows, total }) => successCallback([...rows], total),
          failCallback,
        );
      },
    }),
    [engine, position],
  );
  const defs = useMemo(() => (first === undefined ? [] : columnDefs(first, () => latest.current)), [first]);
  if (first === undefined) return <div className={classes.grid} />;
  return (
    <div className={classes.grid}>
      <AgGridReact<Row>
        ref={grid}
        theme={gridTheme}
        rowModelType="infinite"
        datasource={source}
        columnDefs={defs}
        defaultColDef={{ resizable: true, sortable: false, suppressHeaderMenuButton: true }}
        cacheBlockSize={WINDOW_ROWS}
        infiniteInitialRowCount={first.total}
        suppressDragLeaveHidesColumns
        onCellFocused={({ api }) => onFocused(focusedCell(api))}
        // The row may come only after the click, and at another moment another one stands there.
        onModelUpdated={({ api }) => onFocused(focusedCell(api))}
      />
    </div>
  );
}

function focusedCell(api: GridApi<Row>): PastCell | null {
  const focused = api.getFocusedCell();
  const row = focused === null ? undefined : api.getDisplayedRowAtIndex(focused.rowIndex)?.data;
  if (focused === null || row === undefined) return null;
  const column = focused.column.getColId();
  return column === ROW_HEAD ? { index: row.index } : { index: row.index, column };
}

function fetchAt(engine: Engine, position: number, offset: number, limit: number, signal?: AbortSignal) {
  return engine.fetch({ ...WHOLE_TABLE, at: String(position) }, offset, limit, signal);
}

function columnDefs(
  { columns, rows }: Window,
  changes: () => ChangesSince | undefined,
): ColDef<Row, string>[] {
  const head: ColDef<Row, string> = {
    colId: ROW_HEAD,
    headerName: "Row",
    type: "rightAligned",
    pinned: "left",
    width: 70,
    cellClassRules: {
      "then-deleted": ({ data }) => data !== undefined && changes()?.deleted.has(data.index) === true,
    },
    valueGetter: ({ data }) => (data === undefined ? "" : String(data.index)),
  };
  const widths = spread(
    columns.map((column, place) => widthOf(column, rows, place)),
    roomOn(window.innerWidth),
  );
  return [
    head,
    ...columns.map((column, place) => ({
      ...dataColumn(column, place, rows, changes),
      width: widths[place] ?? 0,
    })),
  ];
}

function dataColumn(
  column: string,
  place: number,
  sample: readonly Row[],
  changes: () => ChangesSince | undefined,
): ColDef<Row, string> {
  const now = (index: number) => changes()?.changed.get(index)?.get(column);
  return {
    colId: column,
    headerName: column,
    ...(isNumeric(sample, place) ? { type: "rightAligned" } : {}),
    valueGetter: ({ data }) => data?.cells[place] ?? "",
    valueFormatter: ({ value }) => readable(column, value ?? ""),
    tooltipValueGetter: ({ data }: ITooltipParams<Row>) => {
      const text = data == null ? undefined : now(data.index);
      return text === undefined ? undefined : `Now: ${readable(column, text)}`;
    },
    cellClassRules: {
      "then-changed": ({ data }) => data !== undefined && now(data.index) !== undefined,
      "then-deleted": ({ data }) => data !== undefined && changes()?.deleted.has(data.index) === true,
    },
  };
}
