/** The table with everything around it: tools above, notices at the cells, unsaved edits below. */
import { VisuallyHidden } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import type { GridApi } from "ag-grid-community";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { isWhole } from "@/sync/query";
import type { Row } from "@/sync/rows";
import { sentence } from "@/sync/sentences";
import { useEngine, useSync } from "@/ui/engine-context";
import { GO_TO_ROW, useOfferCommands } from "@/ui/page-commands";
import { say } from "@/ui/say";
import { CellNotice } from "./cell-notice";
import { ColumnMenu, type ColumnMenuPlace } from "./column-menu";
import { ColumnNameModal, type ColumnNaming } from "./column-name-modal";
import { ColumnsMenu } from "./columns-menu";
import { EmptyTable } from "./empty-table";
import type { GridContext } from "./grid-context";
import { PendingPanel } from "./pending-panel";
import { RowMenu, type RowMenuPlace } from "./row-menu";
import { RowSource } from "./row-source";
import { TableGrid } from "./table-grid";
import { TableToolbar } from "./table-toolbar";
import classes from "./table-view.module.css";
import { useColumnLayout } from "./use-column-layout";
import { useEditSession } from "./use-edit-session";
import { useGridSync } from "./use-grid-sync";
import { useNotice } from "./use-notice";
import { useRange } from "./use-range";
import { useRowWork } from "./use-row-work";
import { useViewFacts } from "./use-view-facts";

export interface TableViewProps {
  /** Opens the history of a row, or of one cell of it. */
  readonly onHistory?: (index: number, column?: string) => void;
  /** A row to go to, once the table is there; `onThere` is told when. */
  readonly goTo?: number | undefined;
  readonly onThere?: () => void;
}

export function TableView({ onHistory, goTo, onThere }: TableViewProps) {
  const engine = useEngine();
  const { view } = engine;
  const root = useRef<HTMLDivElement>(null);
  const searchRef = useRef<HTMLInputElement>(null);
  const rowRef = useRef<HTMLInputElement>(null);
  const [api, setApi] = useState<GridApi<Row> | null>(null);
  const [menu, setMenu] = useState<RowMenuPlace | null>(null);
  const [columnMenu, setColumnMenu] = useState<ColumnMenuPlace | null>(null);
  const [text, setText] = useState("");
  const [naming, setNaming] = useState<ColumnNaming | null>(null);
  /** The grid does not say where on the screen a header was clicked. */
  const pointer = useRef({ x: 0, y: 0 });
  const { columns, total, drift } = useViewFacts(view);

  const context = useMemo<GridContext>(
    () => ({ engine, revealed: new Set(), columns: engine.view.columns, box: undefined }),
    [engine],
  );
  const source = useSource(api);
  const range = useRange(api, context);
  const layout = useColumnLayout(engine);
  const work = useRowWork(engine, api, range);
  useEffect(() => {
    if (api === null || goTo === undefined) return;
    void work.goToIndex(goTo);
    onThere?.();
  }, [api, work, goTo, onThere]);
  const notice = useNotice(engine, root, work.goToIndex);
  const session = useEditSession(engine, api, root, notice);
  const isEditing = useCallback(() => session.cell !== null, [session]);
  useGridSync(api, root, isEditing);

  const focused = useCallback(
    (index: number | null) => {
      engine.focus(index);
      session.moveTo(index);
    },
    [engine, session],
  );
  const search = useCallback(
    (text: string) => {
      if (source.text === text) return;
      source.text = text;
      api?.purgeInfiniteCache();
    },
    [api, source],
  );
  const filtered = !isWhole({ ...view.query, sort: undefined as never }) || source.text !== "";
  function showAll() {
    setText("");
    search("");
    api?.setFilterModel(null);
  }

  useHotkeys([["mod+F", () => searchRef.current?.focus()]], []);
  useOfferCommands(
    useMemo(
      () => [
        { id: "add-column", label: "Add a column", run: () => setNaming({ kind: "add" }) },
        { id: "add-row", label: "Add a row", run: () => work.add({}) },
        {
          id: GO_TO_ROW,
          label: "Go to a row by its number",
          hint: "Ctrl+G",
          run: () => setTimeout(() => rowRef.current?.focus(), 50),
        },
        {
          id: "go-end",
          label: "Go to the last row",
          hint: "Ctrl+End",
          run: () => work.goToPlace(engine.view.total - 1),
        },
        { id: "go-start", label: "Go to the first row", hint: "Ctrl+Home", run: () => work.goToPlace(0) },
        {
          id: "search",
          label: "Search the table",
          hint: "Ctrl+F",
          run: () => setTimeout(() => searchRef.current?.focus(), 50),
        },
      ],
      [work, engine],
    ),
  );

  return (
    <div className={classes.view}>
      <VisuallyHidden component="h1">Table</VisuallyHidden>
      <TableToolbar
        total={total}
        filtered={filtered}
        drift={drift}
        text={text}
        searchRef={searchRef}
        rowRef={rowRef}
        onType={setText}
        onSearch={search}
        onResort={() => {
          view.ask({ ...view.query });
          api?.purgeInfiniteCache();
        }}
        onShowAll={showAll}
        onAddRow={() => work.add(work.besideFocus())}
        onGoTo={(index) => void work.goToIndex(index)}
      >
        <ColumnsMenu api={api} columns={columns} context={context} layout={layout} onName={setNaming} />
      </TableToolbar>
      <div
        className={classes.stage}
        onContextMenuCapture={(event) => {
          pointer.current = { x: event.clientX, y: event.clientY };
          if (event.target instanceof Element && event.target.closest('[role="columnheader"]') !== null)
            event.preventDefault();
        }}
      >
        <TableGrid
          root={root}
          api={api}
          columns={columns}
          context={context}
          source={source}
          range={range}
          layout={layout}
          session={session}
          onReady={setApi}
          onClosed={notice.showStatus}
          onFocused={focused}
          onMenu={setMenu}
          onColumnMenu={(column) => setColumnMenu({ ...pointer.current, column })}
        />
        {total === 0 && <EmptyTable filtered={filtered} onShowAll={showAll} onAdd={() => work.add({})} />}
        {notice.notice !== null && (
          <CellNotice
            notice={notice.notice}
            watched={notice.watched.has(notice.notice.index)}
            onWatch={() => notice.notice && notice.watch(notice.notice.index)}
            onTakeOver={() => {
              const at = notice.notice;
              notice.close();
              if (at !== null) work.takeOver(at.index, at.column);
            }}
            onClose={notice.close}
          />
        )}
      </div>
      <ColumnMenu place={columnMenu} onClose={() => setColumnMenu(null)} onName={setNaming} />
      <ColumnNameModal naming={naming} onClose={() => setNaming(null)} />
      <PendingPanel onGoTo={(index) => void work.goToIndex(index)} />
      <RowMenu
        place={menu}
        rows={work.selectedIndexes(menu?.index).length}
        onClose={() => setMenu(null)}
        onCopy={() => void work.copy()}
        onPaste={() => void work.paste()}
        onAdd={work.add}
        onDelete={() => work.remove(work.selectedIndexes(menu?.index))}
        onHistory={onHistory}
      />
    </div>
  );
}

/** The grid's source of rows, which asks anew when the server is back after a failure. */
function useSource(api: GridApi<Row> | null): RowSource {
  const engine = useEngine();
  const connection = useSync((state) => state.connection);
  const failed = useRef(false);
  const source = useMemo(
    () =>
      new RowSource(engine, (error) => {
        if (!failed.current)
          say({ text: `${sentence(error)} Rows are loaded once it answers.`, tone: "bad" });
        failed.current = true;
      }),
    [engine],
  );
  useEffect(() => {
    if (connection !== "live" || !failed.current) return;
    failed.current = false;
    api?.purgeInfiniteCache();
  }, [connection, api]);
  return source;
}
