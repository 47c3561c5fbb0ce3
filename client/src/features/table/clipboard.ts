/** Copying, pasting and emptying of ranges: many cells, one command, so that it happens as a whole or not at all. */
import type { Engine } from "@/sync/engine";
import type { RowOp } from "@/sync/outbox";
import { type Problem, Refused } from "@/sync/problem";
import { isWhole } from "@/sync/query";
import type { Row } from "@/sync/rows";
import { type GridContext, textOf } from "./grid-context";
import type { Box } from "./range";

/** What the server takes in one batch. */
export const OPS_LIMIT = 10_000;

/** The texts of a rectangle. Rows that were never seen are loaded. */
export async function textsIn(context: GridContext, box: Box): Promise<string[][]> {
  const rows = await rowsIn(context.engine, box.top, box.bottom + 1);
  const columns = context.columns.slice(box.left, box.right + 1);
  return rows.map((row) => columns.map((column) => textOf(context.engine, row, column)));
}

/** The same, if all rows are at hand: the browser's copy event does not wait. */
export function textsAtHand(context: GridContext, box: Box): string[][] | undefined {
  const rows = context.engine.view.read(box.top, box.bottom + 1);
  const columns = context.columns.slice(box.left, box.right + 1);
  return rows?.map((row) => columns.map((column) => textOf(context.engine, row, column)));
}

type Texts = readonly (readonly string[])[];

/** The rectangle that texts take when they are pasted at one: a single text fills it, more begin at its corner. */
export function targetOf({ columns, engine: { view } }: GridContext, box: Box, texts: Texts): Box {
  if (singleIn(texts) !== undefined) return box;
  const bottom = box.top + texts.length - 1;
  const width = Math.max(...texts.map((row) => row.length));
  return {
    top: box.top,
    left: box.left,
    // Only the whole table has an end where rows can be added.
    bottom: isWhole(view.query) ? bottom : Math.min(bottom, view.total - 1),
    right: Math.min(columns.length - 1, box.left + width - 1),
  };
}

/** Put texts into the rectangle that `targetOf` tells. */
export async function pasteInto(context: GridContext, target: Box, texts: Texts): Promise<void> {
  const single = singleIn(texts);
  if (single !== undefined) await fill(context, target, single);
  else await write(context, target, (place, column) => texts[place - target.top]?.[column - target.left]);
}

function singleIn(texts: Texts): string | undefined {
  const [first, ...rest] = texts;
  return first?.length === 1 && rest.length === 0 ? first[0] : undefined;
}

/** Give every cell of the rectangle the same text; an empty one clears it. */
export async function fill(context: GridContext, box: Box, text: string): Promise<void> {
  await write(context, box, () => text);
}

type TextAt = (place: number, column: number) => string | undefined;

async function write(context: GridContext, box: Box, textAt: TextAt): Promise<void> {
  const { engine } = context;
  const rows = await rowsIn(engine, box.top, Math.min(box.bottom + 1, engine.view.total));
  const ops = rows.flatMap((row, at) =>
    updateOf(context, row, box, (column) => textAt(box.top + at, column)),
  );
  ops.push(...added(context, box, box.top + rows.length, textAt));
  if (ops.length > 0) engine.outbox.submit({ ops });
}

function updateOf(
  context: GridContext,
  row: Row,
  box: Box,
  textAt: (column: number) => string | undefined,
): RowOp[] {
  const changes = cellsOf(context, box, textAt).filter(
    ([column, text]) => textOf(context.engine, row, column) !== text,
  );
  return changes.length === 0 ? [] : [{ op: "update", index: row.index, cells: Object.fromEntries(changes) }];
}

/** What reaches below the last row becomes new rows, but not in a sorted or filtered view, which has no end. */
function added(context: GridContext, box: Box, from: number, textAt: TextAt): RowOp[] {
  if (!isWhole(context.engine.view.query)) return [];
  const ops: RowOp[] = [];
  for (let place = from; place <= box.bottom; place += 1) {
    const cells = cellsOf(context, box, (column) => textAt(place, column));
    if (cells.some(([, text]) => text !== "")) ops.push({ op: "add", cells: Object.fromEntries(cells) });
  }
  return ops;
}

function cellsOf(
  context: GridContext,
  box: Box,
  textAt: (column: number) => string | undefined,
): [string, string][] {
  const cells: [string, string][] = [];
  for (let at = box.left; at <= box.right; at += 1) {
    const column = context.columns[at];
    const text = textAt(at);
    if (column !== undefined && text !== undefined) cells.push([column, text]);
  }
  return cells;
}

async function rowsIn(engine: Engine, start: number, end: number): Promise<readonly Row[]> {
  if (end - start > OPS_LIMIT) throw new Refused(tooMany(end - start));
  return engine.view.read(start, end) ?? (await engine.view.load(start, end));
}

function tooMany(rows: number): Problem {
  const [selected, limit] = [rows, OPS_LIMIT].map((count) => count.toLocaleString("en"));
  return {
    code: "too_many_rows",
    status: 422,
    detail: `${selected} rows are selected; up to ${limit} can be done at once.`,
  };
}
