/** What a person does with whole rows: adding, deleting, going there, taking over. */
import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { GridApi } from "ag-grid-community";
import { useEffect, useMemo, useRef } from "react";
import { type Engine, problemIn } from "@/sync/engine";
import type { RowOp } from "@/sync/outbox";
import type { Row } from "@/sync/rows";
import { sentence } from "@/sync/sentences";
import { say } from "@/ui/say";
import { undoDeed } from "@/ui/undo";
import { textsIn } from "./clipboard";
import { addRow, deleteRows, findPlace } from "./row-actions";
import { formatTsv } from "./tsv";
import type { RangeTools } from "./use-range";

/** The grid draws new rows a moment after they are known. */
const DRAWN_MS = 200;

export type RowWork = ReturnType<typeof makeRowWork>;

export function useRowWork(engine: Engine, api: GridApi<Row> | null, range: RangeTools): RowWork {
  const grid = useRef(api);
  grid.current = api;
  useEffect(
    () =>
      engine.outbox.saved.on(({ pending: { ops }, position }) => {
        if (ops.every(({ op }) => op === "delete")) sayDeleted(engine, ops, position);
      }),
    [engine],
  );
  return useMemo(() => makeRowWork(engine, () => grid.current, range), [engine, range]);
}

function makeRowWork(engine: Engine, gridNow: () => GridApi<Row> | null, range: RangeTools) {
  function goToPlace(place: number): void {
    const grid = gridNow();
    const column = grid?.getFocusedCell()?.column ?? grid?.getAllDisplayedColumns()[1];
    if (grid == null || column === undefined || place < 0) return;
    grid.ensureIndexVisible(place, "middle");
    grid.setFocusedCell(place, column);
  }

  async function goToIndex(index: number): Promise<void> {
    try {
      const place = await findPlace(engine, index);
      if (place === undefined) say({ text: `Row ${index} is not in this view.` });
      else goToPlace(place);
    } catch (error) {
      say({ text: sentence(error), tone: "bad" });
    }
  }

  function remove(indexes: readonly number[]): void {
    if (indexes.length > 1) confirmDeletion(indexes.length, () => deleteRows(engine, indexes));
    else deleteRows(engine, indexes);
  }

  return {
    goToPlace,
    goToIndex,
    remove,
    add(where: { after?: number; before?: number }): void {
      addRow(engine, where, (index) => {
        setTimeout(() => {
          const place =
            engine.view.placeOf(index) ?? (where.after === undefined ? engine.view.total - 1 : undefined);
          if (place !== undefined) goToPlace(place);
        }, DRAWN_MS);
      });
    },
    /** Below the focused row, else at the end. */
    besideFocus(): { after?: number } {
      const grid = gridNow();
      const focused = grid?.getFocusedCell();
      const index = focused && grid?.getDisplayedRowAtIndex(focused.rowIndex)?.data?.index;
      return index == null ? {} : { after: index };
    },
    /** The rows of the selection if it holds the given one, else that one alone. */
    selectedIndexes(index: number | undefined): readonly number[] {
      if (index === undefined) return [];
      const box = range.box();
      const rows = box === undefined ? undefined : engine.view.read(box.top, box.bottom + 1);
      const indexes = rows?.map((row) => row.index) ?? [];
      return indexes.includes(index) ? indexes : [index];
    },
    /** The editor opens at once, so that no key is lost; if the server refuses, it closes and says why at the cell. */
    takeOver(index: number, column: string): void {
      const place = engine.view.placeOf(index);
      engine.leases.take(index, true).catch((error: unknown) => {
        if (place === undefined || problemIn(error) === undefined)
          say({ text: sentence(error), tone: "bad" });
      });
      if (place !== undefined) gridNow()?.startEditingCell({ rowIndex: place, colKey: column });
    },
    async copy(): Promise<void> {
      const box = range.box();
      if (box === undefined) return;
      const texts = await textsIn(range.context, box);
      await navigator.clipboard
        .writeText(formatTsv(texts))
        .catch(() => say({ text: "The browser does not let this page copy. Ctrl+C does." }));
    },
    async paste(): Promise<void> {
      const text = await navigator.clipboard.readText().catch(() => undefined);
      if (text === undefined) say({ text: "The browser does not let this page paste. Ctrl+V does." });
      else await range.paste(text);
    },
  };
}

/** The toast takes back this deletion, whatever was done after it. */
function sayDeleted(engine: Engine, ops: readonly RowOp[], position: number): void {
  const rows = ops.length === 1 ? `Row ${ops[0]?.index}` : `${ops.length.toLocaleString("en")} rows`;
  say({
    text: `${rows} deleted. The history keeps what ${ops.length === 1 ? "it" : "they"} said.`,
    action: { label: "Undo", run: () => undoDeed(engine, position) },
  });
}

function confirmDeletion(count: number, run: () => void): void {
  modals.openConfirmModal({
    title: `Delete ${count.toLocaleString("en")} rows?`,
    children: <Text size="sm">They leave the table for everybody. The history keeps what they said.</Text>,
    labels: { confirm: "Delete", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm: run,
  });
}
