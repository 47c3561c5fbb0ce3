/** Keeps the grid equal to the view: cells flash where others changed them, rows shift without the scroll jumping. */
import type { GridApi } from "ag-grid-community";
import { type RefObject, useEffect } from "react";
import type { Row } from "@/sync/rows";
import type { CellsChanged } from "@/sync/view";
import { useEngine } from "@/ui/engine-context";
import { scrollByRows } from "./big-scroll";

/** Rows of others may come twenty times a second: the places are drawn anew a few times a second. */
const PLACES_MS = 120;

export function useGridSync(
  api: GridApi<Row> | null,
  root: RefObject<HTMLElement | null>,
  isEditing: () => boolean,
): void {
  const { view, outbox } = useEngine();

  useEffect(() => {
    if (api === null) return;
    const grid = api;
    let timer: ReturnType<typeof setTimeout> | undefined;

    function drawPlaces(): void {
      timer = undefined;
      if (grid.isDestroyed()) return;
      // Under an open editor rows stay where they are until it closes.
      if (isEditing()) timer = setTimeout(drawPlaces, PLACES_MS);
      else {
        const shifted = keepingPlace(grid, view.placeOf.bind(view), () => {
          grid.setRowCount(view.total, true);
          grid.refreshInfiniteCache();
        });
        if (shifted !== 0 && root.current !== null) scrollByRows(root.current, shifted, view.total);
      }
    }

    function drawCells(changes: readonly CellsChanged[]): void {
      for (const { index, columns, key } of changes) {
        const node = grid.getRowNode(String(index));
        const row = view.row(index);
        if (node === undefined || row === undefined) continue;
        node.updateData(row);
        const own = key !== undefined && outbox.list.some((each) => each.key === key);
        if (!own) grid.flashCells({ rowNodes: [node], columns: [...columns] });
      }
    }

    function redraw(indexes: readonly number[]): void {
      const rowNodes = indexes.flatMap((index) => grid.getRowNode(String(index)) ?? []);
      if (rowNodes.length > 0) grid.refreshCells({ rowNodes, force: true });
    }

    const stop = [
      view.news.on((news) => {
        if (news.kind === "cells") drawCells(news.changes);
        else if (news.kind === "places") timer ??= setTimeout(drawPlaces, PLACES_MS);
      }),
      outbox.changed.on(redraw),
    ];
    return () => {
      clearTimeout(timer);
      for (const each of stop) each();
    };
  }, [api, root, view, outbox, isEditing]);
}

/** Draw the rows anew, the focus staying on its row; tells by how many places the row at the top has moved. */
function keepingPlace(
  grid: GridApi<Row>,
  placeOf: (index: number) => number | undefined,
  draw: () => void,
): number {
  const top = grid.getFirstDisplayedRowIndex();
  const anchor = grid.getDisplayedRowAtIndex(top)?.data?.index;
  const focused = grid.getFocusedCell();
  const focusedIndex = focused && grid.getDisplayedRowAtIndex(focused.rowIndex)?.data?.index;
  draw();
  const anchorPlace = anchor === undefined ? undefined : placeOf(anchor);
  const place = focusedIndex == null ? undefined : placeOf(focusedIndex);
  if (focused && place !== undefined && place !== focused.rowIndex)
    grid.setFocusedCell(place, focused.column);
  return anchorPlace === undefined || top === 0 ? 0 : anchorPlace - top;
}
