/** The selected rectangle: by mouse, by Shift and arrows, and what the keyboard and clipboard do with it. */
import type { CellFocusedEvent, CellMouseDownEvent, CellMouseOverEvent, GridApi } from "ag-grid-community";
import { type ClipboardEvent, useMemo, useRef } from "react";
import type { Row } from "@/sync/rows";
import { sentence } from "@/sync/sentences";
import { say } from "@/ui/say";
import { fill, OPS_LIMIT, pasteInto, textsAtHand, textsIn } from "./clipboard";
import { ROW_HEAD } from "./column-defs";
import type { GridContext } from "./grid-context";
import { type Box, boxOf, moved, type Range, sizeOf } from "./range";
import { formatTsv, parseTsv } from "./tsv";

export type RangeTools = ReturnType<typeof makeRange>;

export function useRange(api: GridApi<Row> | null, context: GridContext) {
  const grid = useRef(api);
  grid.current = api;
  return useMemo(() => makeRange(() => grid.current, context), [context]);
}

function makeRange(gridNow: () => GridApi<Row> | null, context: GridContext) {
  const { engine } = context;
  let range: Range | null = null;
  let extending = false;

  function show(next: Range | null): void {
    const before = context.box;
    range = next;
    const box = next === null ? undefined : boxOf(next, context.columns);
    context.box = box !== undefined && sizeOf(box) > 1 ? box : undefined;
    redraw(gridNow(), before, context.box);
  }

  /** The rectangle that an action is about: the selected one, or the focused cell. */
  function box(): Box | undefined {
    return range === null ? undefined : boxOf(range, context.columns);
  }

  function extend(next: Range): void {
    const grid = gridNow();
    show(next);
    grid?.ensureIndexVisible(next.head.place);
    grid?.ensureColumnVisible(next.head.column);
  }

  async function attempt(work: () => Promise<unknown>): Promise<void> {
    await work().catch((error: unknown) => say({ text: sentence(error), tone: "bad" }));
  }

  async function paste(text: string): Promise<void> {
    const target = box();
    const texts = parseTsv(text);
    if (target === undefined) return;
    if (texts.length > OPS_LIMIT) {
      say({ text: `That is ${texts.length} rows. Up to ${OPS_LIMIT} fit into one paste.`, tone: "bad" });
      return;
    }
    await attempt(async () => {
      const written = await pasteInto(context, target, texts);
      const [left, right] = [context.columns[written.left], context.columns[written.right]];
      if (left === undefined || right === undefined) return;
      const bottom = Math.min(written.bottom, engine.view.total - 1);
      show({ anchor: { place: written.top, column: left }, head: { place: bottom, column: right } });
    });
  }

  function copy(event: ClipboardEvent): boolean {
    const target = box();
    if (target === undefined) return false;
    const texts = textsAtHand(context, target);
    event.preventDefault();
    if (texts !== undefined) event.clipboardData.setData("text/plain", formatTsv(texts));
    else void attempt(async () => navigator.clipboard.writeText(formatTsv(await textsIn(context, target))));
    return true;
  }

  return {
    context,
    box,
    paste,
    get current() {
      return range;
    },
    clear: () => attempt(async () => box() && fill(context, box() as Box, "")),
    collapse: () => show(range && { anchor: range.head, head: range.head }),
    selectAll() {
      const [first, last] = [context.columns[0], context.columns.at(-1)];
      if (first === undefined || last === undefined) return;
      show({ anchor: { place: 0, column: first }, head: { place: engine.view.total - 1, column: last } });
    },
    /** Shift and an arrow. */
    grow(key: string) {
      if (range !== null) extend(moved(range, key, context.columns, engine.view.total));
    },
    focused({ rowIndex, column }: CellFocusedEvent<Row>) {
      if (extending || rowIndex == null || column == null || typeof column === "string") return;
      const cell = { place: rowIndex, column: column.getColId() };
      if (cell.column === ROW_HEAD) selectRow(cell.place, cell.place);
      else if (range?.head.place !== cell.place || range.head.column !== cell.column)
        show({ anchor: cell, head: cell });
    },
    mouseDown({ event, rowIndex, column }: CellMouseDownEvent<Row>) {
      if (rowIndex === null || !(event instanceof MouseEvent)) return;
      const inside =
        context.box !== undefined && rowIndex >= context.box.top && rowIndex <= context.box.bottom;
      if (event.button === 2 && inside) {
        extending = true;
        queueMicrotask(() => setTimeout(() => (extending = false)));
        return;
      }
      const cell = { place: rowIndex, column: column.getColId() };
      if (event.shiftKey && range !== null) {
        // The grid moves its focus to the cell after this; the anchor stays.
        extending = true;
        setTimeout(() => (extending = false));
        if (cell.column === ROW_HEAD) selectRow(range.anchor.place, cell.place);
        else show({ ...range, head: cell });
      } else if (cell.column !== ROW_HEAD) show({ anchor: cell, head: cell });
    },
    mouseOver({ event, rowIndex, column }: CellMouseOverEvent<Row>) {
      if (!(event instanceof MouseEvent) || event.buttons !== 1 || rowIndex === null || range === null)
        return;
      if (column.getColId() === ROW_HEAD) selectRow(range.anchor.place, rowIndex);
      else show({ ...range, head: { place: rowIndex, column: column.getColId() } });
    },
    onCopy(event: ClipboardEvent) {
      if (!isTyping(event.target)) copy(event);
    },
    onCut(event: ClipboardEvent) {
      const target = box();
      if (!isTyping(event.target) && target !== undefined && copy(event))
        void attempt(() => fill(context, target, ""));
    },
    onPaste(event: ClipboardEvent) {
      if (isTyping(event.target)) return;
      event.preventDefault();
      void paste(event.clipboardData.getData("text/plain"));
    },
  };

  function selectRow(from: number, to: number): void {
    const [first, last] = [context.columns[0], context.columns.at(-1)];
    if (first === undefined || last === undefined) return;
    show({ anchor: { place: from, column: first }, head: { place: to, column: last } });
  }
}

function isTyping(target: EventTarget): boolean {
  return target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement;
}

/** Only rows of the old and the new rectangle look different. */
function redraw(grid: GridApi<Row> | null, before: Box | undefined, after: Box | undefined): void {
  if (grid === null || (before === undefined && after === undefined)) return;
  const rowNodes = grid
    .getRenderedNodes()
    .filter(({ rowIndex }) =>
      [before, after].some(
        (box) => box !== undefined && rowIndex !== null && rowIndex >= box.top && rowIndex <= box.bottom,
      ),
    );
  grid.refreshCells({ rowNodes, force: true });
}
