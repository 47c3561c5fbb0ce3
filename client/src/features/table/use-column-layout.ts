/** Keeps the layout of the columns: what the grid tells of it, over reloads and under new names. */
import type { ColumnMovedEvent, ColumnResizedEvent, GridApi } from "ag-grid-community";
import { useEffect, useMemo, useReducer } from "react";
import type { Engine } from "@/sync/engine";
import type { Row } from "@/sync/rows";
import {
  AS_THE_TABLE,
  type ColumnLayout,
  isPlain,
  renamed,
  storedLayout,
  storeLayout,
} from "./column-layout";

export type LayoutTools = ReturnType<typeof makeTools> & {
  /** Another one each time the grid must be laid out anew. */
  readonly edition: number;
};

export function useColumnLayout(engine: Engine): LayoutTools {
  const [edition, renew] = useReducer((count: number) => count + 1, 0);
  const tools = useMemo(() => makeTools(engine.username, renew), [engine]);
  useEffect(
    () =>
      engine.events.on((event) => {
        if (event.kind === "column_renamed") tools.rename(event.column, event.to);
      }),
    [engine, tools],
  );
  return useMemo(() => ({ ...tools, edition }), [tools, edition]);
}

function makeTools(username: string, renew: () => void) {
  let layout = storedLayout(username);

  function become(next: ColumnLayout): void {
    layout = next;
    storeLayout(username, next);
  }

  return {
    /** The layout as it is now; it is read when the grid is told its columns, and only written while it has them. */
    now: () => layout,
    isPlain: () => isPlain(layout),
    reset() {
      become(AS_THE_TABLE);
      renew();
    },
    rename: (from: string, to: string) => become(renamed(layout, from, to)),
    resized({ finished, source, columns }: ColumnResizedEvent<Row>) {
      // The grid also tells of the widths that it was told itself.
      if (!finished || !(source === "uiColumnResized" || source.startsWith("autosize"))) return;
      const widths = columns?.map((column) => [column.getColId(), column.getActualWidth()] as const) ?? [];
      become({ ...layout, widths: { ...layout.widths, ...Object.fromEntries(widths) } });
    },
    moved({ finished, source, api }: ColumnMovedEvent<Row>, columns: readonly string[]) {
      if (finished && source === "uiColumnMoved") become({ ...layout, order: shownOf(api, columns) });
    },
    hide(api: GridApi<Row>, column: string, hidden: boolean) {
      api.setColumnsVisible([column], !hidden);
      become({ ...layout, hidden: marked(layout.hidden, column, hidden) });
    },
    pin(api: GridApi<Row>, column: string, pinned: boolean) {
      api.setColumnsPinned([column], pinned ? "left" : null);
      become({ ...layout, pinned: marked(layout.pinned, column, pinned) });
    },
  };
}

/** The table's columns in the grid's order. */
function shownOf(api: GridApi<Row>, columns: readonly string[]): string[] {
  return api
    .getAllGridColumns()
    .map((column) => column.getColId())
    .filter((column) => columns.includes(column));
}

function marked(list: readonly string[], column: string, on: boolean): string[] {
  const rest = list.filter((each) => each !== column);
  return on ? [...rest, column] : rest;
}
