/** The grid itself: AG Grid, told where its rows come from and what editing means here. */
import type { CellEditingStartedEvent, GetRowIdParams, GridApi } from "ag-grid-community";
import { AgGridReact } from "ag-grid-react";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { Row } from "@/sync/rows";
import { registerGridModules } from "@/ui/grid/grid-modules";
import { gridTheme, ROW_HEIGHT } from "@/ui/grid/grid-theme";
import { tameWheel } from "./big-scroll";
import { COLUMN_TYPES, columnDefs, DEFAULT_COLUMN, isOpen } from "./column-defs";
import type { EditSession } from "./edit-session";
import type { GridContext } from "./grid-context";
import { handleKey } from "./grid-keys";
import type { RowMenuPlace } from "./row-menu";
import type { RowSource } from "./row-source";
import classes from "./table-grid.module.css";
import type { LayoutTools } from "./use-column-layout";
import type { RangeTools } from "./use-range";

registerGridModules();

const WINDOW_ROWS = 100;
const SAMPLE_ROWS = 200;
const rowIdOf = ({ data }: GetRowIdParams<Row>) => String(data.index);

interface TableGridProps {
  readonly root: RefObject<HTMLDivElement | null>;
  readonly api: GridApi<Row> | null;
  readonly columns: readonly string[];
  readonly context: GridContext;
  readonly source: RowSource;
  readonly range: RangeTools;
  readonly layout: LayoutTools;
  readonly session: EditSession;
  readonly onReady: (api: GridApi<Row>) => void;
  /** Somebody wants to edit a row that is not free. */
  readonly onClosed: (cell: { index: number; column: string }) => void;
  readonly onFocused: (index: number | null) => void;
  readonly onMenu: (place: RowMenuPlace) => void;
  readonly onColumnMenu: (column: string) => void;
}

export function TableGrid(props: TableGridProps) {
  const { root, api, columns, context, source, range, session, onReady, onClosed, onFocused, onMenu } = props;
  const { onColumnMenu, layout } = props;
  const { view } = context.engine;
  /** The key that opened the editor, or will; none if it is the mouse. */
  const opener = useRef<string | null>(null);
  const width = useRef(window.innerWidth);

  const defs = useMemo(() => {
    const sample = view.read(0, Math.min(SAMPLE_ROWS, view.total)) ?? [];
    return columnDefs(columns, sample, context, layout.now(), width.current);
  }, [columns, view, context, layout]);

  const defaults = useMemo(() => {
    const mayEdit = (index: number, column: string) => {
      const open = isOpen(context, index);
      if (!open) onClosed({ index, column });
      return open;
    };
    return {
      ...DEFAULT_COLUMN,
      suppressKeyboardEvent: (params: Parameters<typeof handleKey>[0]) =>
        handleKey(params, {
          range,
          mayEdit,
          opens: (key) => (opener.current = key),
          openedByTyping: () => opener.current?.length === 1,
        }),
    };
  }, [context, range, onClosed]);

  useEffect(() => {
    if (root.current === null) return;
    return tameWheel(root.current, () => view.total);
  }, [root, view]);
  useEffect(() => {
    if (root.current === null) return;
    return range.watchMouse(root.current);
  }, [root, range]);

  function started({ data, column, value }: CellEditingStartedEvent<Row>) {
    if (data) session.begin({ index: data.index, column: column.getColId() }, data, value ?? "");
  }

  return (
    <div
      ref={root}
      className={classes.grid}
      onCopy={range.onCopy}
      onCut={range.onCut}
      onPaste={range.onPaste}
    >
      <AgGridReact<Row>
        theme={gridTheme}
        rowModelType="infinite"
        datasource={source}
        context={context}
        columnDefs={defs}
        defaultColDef={defaults}
        columnTypes={COLUMN_TYPES}
        getRowId={rowIdOf}
        rowHeight={ROW_HEIGHT}
        cacheBlockSize={WINDOW_ROWS}
        maxBlocksInCache={12}
        cacheOverflowSize={2}
        maxConcurrentDatasourceRequests={2}
        blockLoadDebounceMillis={40}
        infiniteInitialRowCount={view.total}
        rowBuffer={12}
        readOnlyEdit
        animateRows={false}
        suppressMultiSort
        suppressNoRowsOverlay
        stopEditingWhenCellsLoseFocus
        enterNavigatesVerticallyAfterEdit
        suppressDragLeaveHidesColumns
        preventDefaultOnContextMenu
        onGridReady={(event) => onReady(event.api)}
        onCellEditingStarted={started}
        onCellEditRequest={({ data, column, newValue }) =>
          session.commit({ index: data.index, column: column.getColId() }, newValue ?? "")
        }
        onCellEditingStopped={() => session.end()}
        onCellDoubleClicked={({ data, column }) => {
          opener.current = null;
          if (data && !isOpen(context, data.index))
            onClosed({ index: data.index, column: column.getColId() });
        }}
        onCellContextMenu={({ data, event, column }) => {
          const name = columns.find((each) => each === column.getColId());
          if (data && event instanceof MouseEvent)
            onMenu({ x: event.clientX, y: event.clientY, index: data.index, column: name });
        }}
        onColumnHeaderContextMenu={({ column }) => {
          if ("getColId" in column && columns.includes(column.getColId())) onColumnMenu(column.getColId());
        }}
        onCellFocused={(event) => {
          range.follow();
          const place = event.rowIndex;
          onFocused(place == null ? null : (api?.getDisplayedRowAtIndex(place)?.data?.index ?? null));
        }}
        onColumnResized={layout.resized}
        onColumnMoved={(event) => layout.moved(event, columns)}
        onDisplayedColumnsChanged={(event) => {
          context.columns = event.api
            .getAllDisplayedColumns()
            .map((column) => column.getColId())
            .filter((column) => columns.includes(column));
        }}
      />
    </div>
  );
}
