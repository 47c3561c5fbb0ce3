/** The selected rectangle: by mouse, by Shift and arrows, and what the keyboard and clipboard do with it. */
import type { GridApi } from "ag-grid-community";
import { type ClipboardEvent, useMemo, useRef } from "react";
import { isTyping } from "@/lib/keys";
import { arrived } from "@/sync/quiet";
import type { Row } from "@/sync/rows";
import { sentence } from "@/sync/sentences";
import { say } from "@/ui/say";
import { cellAt } from "./cell-at";
import { fill, OPS_LIMIT, pasteInto, targetOf, textsAtHand, textsIn } from "./clipboard";
import { ROW_HEAD } from "./column-defs";
import type { GridContext } from "./grid-context";
import { type Box, boxOf, type CellPlace, moved, type Range, sizeOf } from "./range";
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
  /** The focused cell that the selection began with. */
  let begun: CellPlace | null = null;
  /** What is done with cells waits for what was done before, or it would read texts that are about to change. */
  let last: Promise<void> = Promise.resolve();
  let running = 0;

  function show(next: Range | null): void {
    const before = context.box;
    range = next;
    const box = next === null ? undefined : boxOf(next, context.columns);
    context.box = box !== undefined && sizeOf(box) > 1 ? box : undefined;
    redraw(gridNow(), before, context.box);
  }

  /** From one cell to another; at the head of a row the whole row. */
  function select(head: CellPlace, anchor = head): void {
    const [first, last] = [context.columns[0], context.columns.at(-1)];
    if (head.column !== ROW_HEAD) show({ anchor, head });
    else if (first !== undefined && last !== undefined)
      show({ anchor: { ...anchor, column: first }, head: { ...head, column: last } });
  }

  /** Begin anew where the focus has moved. The grid tells of it late, after the next keys: each action looks itself. */
  function follow(): void {
    const focus = gridNow()?.getFocusedCell();
    if (focus == null) return;
    const cell = { place: focus.rowIndex, column: focus.column.getColId() };
    if (begun?.place === cell.place && begun.column === cell.column) return;
    begun = cell;
    select(cell);
  }

  /** The rectangle that an action is about: the selected one, or the focused cell. */
  function box(): Box | undefined {
    follow();
    return range === null ? undefined : boxOf(range, context.columns);
  }

  function extend(next: Range): void {
    const grid = gridNow();
    show(next);
    grid?.ensureIndexVisible(next.head.place);
    grid?.ensureColumnVisible(next.head.column);
  }

  function attempt(work: () => Promise<unknown>): Promise<void> {
    running += 1;
    last = last
      .then(work)
      .catch((error: unknown) => say({ text: sentence(error), tone: "bad" }))
      .then(() => {
        running -= 1;
      });
    return last;
  }

  /** What is written is selected at once: the next key is about what was pasted, however soon it comes. */
  async function paste(text: string): Promise<void> {
    const from = box();
    const texts = parseTsv(text);
    if (from === undefined) return;
    if (texts.length > OPS_LIMIT) {
      say({ text: `That is ${texts.length} rows. Up to ${OPS_LIMIT} fit into one paste.`, tone: "bad" });
      return;
    }
    const target = targetOf(context, from, texts);
    const [left, right] = [context.columns[target.left], context.columns[target.right]];
    if (left === undefined || right === undefined) return;
    show({ anchor: { place: target.top, column: left }, head: { place: target.bottom, column: right } });
    await attempt(() => pasteInto(context, target, texts));
  }

  /** Empty what is selected now, once what was pasted before has become rows of the table. */
  async function clear(): Promise<void> {
    const target = box();
    if (target === undefined) return;
    await attempt(async () => {
      if (target.bottom >= engine.view.total) await arrived(engine.outbox);
      await fill(context, target, "");
    });
  }

  function copy(event: ClipboardEvent): boolean {
    const target = box();
    if (target === undefined) return false;
    const texts = running === 0 ? textsAtHand(context, target) : undefined;
    event.preventDefault();
    if (texts !== undefined) event.clipboardData.setData("text/plain", formatTsv(texts));
    else void attempt(async () => navigator.clipboard.writeText(formatTsv(await textsIn(context, target))));
    return true;
  }

  function mouseDown({ target, button, shiftKey }: MouseEvent): void {
    const cell = cellAt(target);
    if (cell === undefined || isTyping(target)) return;
    // The grid moves its focus to the cell by itself.
    begun = cell;
    const inside =
      context.box !== undefined && cell.place >= context.box.top && cell.place <= context.box.bottom;
    if (button !== 2 || !inside) select(cell, shiftKey ? range?.anchor : undefined);
  }

  function mouseOver({ target, buttons }: MouseEvent): void {
    const cell = cellAt(target);
    if (cell !== undefined && buttons === 1 && range !== null && !isTyping(target))
      select(cell, range.anchor);
  }

  return {
    context,
    box,
    paste,
    get current() {
      return range;
    },
    clear,
    collapse: () => show(range && { anchor: range.head, head: range.head }),
    selectAll() {
      const [first, last] = [context.columns[0], context.columns.at(-1)];
      if (first === undefined || last === undefined) return;
      show({ anchor: { place: 0, column: first }, head: { place: engine.view.total - 1, column: last } });
    },
    /** Shift and an arrow. */
    grow(key: string) {
      follow();
      if (range !== null) extend(moved(range, key, context.columns, engine.view.total));
    },
    follow,
    /** Select by clicking and dragging over the cells of an element; returns how to stop. */
    watchMouse(element: HTMLElement): () => void {
      element.addEventListener("mousedown", mouseDown);
      element.addEventListener("mouseover", mouseOver);
      return () => {
        element.removeEventListener("mousedown", mouseDown);
        element.removeEventListener("mouseover", mouseOver);
      };
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
