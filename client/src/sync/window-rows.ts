/** The windows of a table that this browser has seen, by place. Places shift as events come; the rest is not known. */
import type { Row, Rows } from "./rows";

interface Segment {
  start: number;
  rows: Row[];
}

/** More than any screen shows; beyond it the windows seen longest ago are dropped. */
const ROWS_KEPT = 20_000;

export class WindowRows implements Rows {
  columns: readonly string[];
  total: number;
  /** Rows were shifted and the windows do not tell which: they must be loaded anew. */
  torn = false;
  /** The last row of the table, where it is known: appending behind it shifts nothing. */
  last: number | undefined;
  #segments: Segment[] = [];

  constructor(columns: readonly string[], total: number) {
    this.columns = columns;
    this.total = total;
  }

  get segments(): readonly Readonly<Segment>[] {
    return this.#segments;
  }

  get(index: number): Row | undefined {
    for (const segment of this.#segments) {
      const row = segment.rows.find((each) => each.index === index);
      if (row !== undefined) return row;
    }
    return undefined;
  }

  placeOf(index: number): number | undefined {
    for (const segment of this.#segments) {
      const at = segment.rows.findIndex((each) => each.index === index);
      if (at >= 0) return segment.start + at;
    }
    return undefined;
  }

  /** The rows at places `start` up to `end`, if all of them are known. */
  read(start: number, end: number): readonly Row[] | undefined {
    const upto = Math.min(end, this.total);
    const found: Row[] = [];
    for (const segment of this.#segments) {
      const next = start + found.length;
      if (next >= upto) break;
      if (segment.start > next) return undefined;
      found.push(...segment.rows.slice(next - segment.start, upto - segment.start));
    }
    return start + found.length >= upto ? found : undefined;
  }

  /** Take in a window that was loaded; it is as new as what is here, so it replaces what it overlaps. */
  put(start: number, rows: readonly Row[]): void {
    if (rows.length === 0) return;
    const end = start + rows.length;
    const rest = this.#segments.flatMap((segment) => [
      { start: segment.start, rows: segment.rows.slice(0, Math.max(0, start - segment.start)) },
      cutBefore(segment, end),
    ]);
    const kept = evicted(
      rest.filter((segment) => segment.rows.length > 0),
      start,
      rows.length,
    );
    this.#segments = joined([...kept, { start, rows: [...rows] }].sort((a, b) => a.start - b.start));
    if (end === this.total) this.last = rows.at(-1)?.index;
  }

  insert(row: Row, after: number | null): void {
    const place = this.#behind(after);
    this.total += 1;
    if (after === this.last || this.total === 1) this.last = row.index;
    if (place === undefined) return;
    const home = this.#segments.find((each) => each.start <= place && place <= each.start + each.rows.length);
    for (const segment of this.#segments) if (segment !== home && segment.start >= place) segment.start += 1;
    if (home === undefined)
      this.#segments = [...this.#segments, { start: place, rows: [row] }].sort((a, b) => a.start - b.start);
    else home.rows.splice(place - home.start, 0, row);
  }

  replace(row: Row): void {
    for (const segment of this.#segments) {
      const at = segment.rows.findIndex((each) => each.index === row.index);
      if (at >= 0) segment.rows[at] = row;
    }
  }

  remove(index: number, after: number | null): void {
    const place = this.placeOf(index) ?? (index === this.last ? this.total - 1 : this.#behind(after));
    this.total -= 1;
    if (index === this.last) this.last = after ?? undefined;
    if (place === undefined) return;
    for (const segment of this.#segments) {
      if (segment.start > place) segment.start -= 1;
      else if (place < segment.start + segment.rows.length) segment.rows.splice(place - segment.start, 1);
    }
    this.#segments = this.#segments.filter((segment) => segment.rows.length > 0);
  }

  move(index: number, version: number, after: number | null, was: number | null): void {
    const row = this.get(index);
    this.remove(index, was);
    // A row that was never seen leaves a hole where it lands: nobody knows its cells.
    if (row === undefined) {
      this.total += 1;
      this.torn = true;
    } else this.insert({ ...row, version }, after);
  }

  reshape(columns: readonly string[], cellsOf: (row: Row) => readonly string[]): void {
    for (const segment of this.#segments) {
      segment.rows = segment.rows.map((row) => ({ ...row, cells: cellsOf(row) }));
    }
    this.columns = columns;
  }

  /** The place behind a row; where that is unknown the windows are torn, unless it is the end. */
  #behind(after: number | null): number | undefined {
    if (after === null) return 0;
    const place = this.placeOf(after);
    if (place !== undefined) return place + 1;
    if (after === this.last) return this.total;
    this.torn = true;
    return undefined;
  }
}

function cutBefore(segment: Segment, end: number): Segment {
  const cut = Math.max(0, end - segment.start);
  return { start: segment.start + cut, rows: segment.rows.slice(cut) };
}

function evicted(segments: Segment[], start: number, count: number): Segment[] {
  let kept = count;
  const near = segments.toSorted((a, b) => Math.abs(a.start - start) - Math.abs(b.start - start));
  return near.filter((segment) => {
    kept += segment.rows.length;
    return kept <= ROWS_KEPT;
  });
}

function joined(segments: Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const before = result.at(-1);
    if (before !== undefined && before.start + before.rows.length === segment.start)
      before.rows.push(...segment.rows);
    else result.push({ start: segment.start, rows: [...segment.rows] });
  }
  return result;
}
