/** What a column seems to hold, judged by its name and the texts at hand; the texts themselves are never changed. */

const SECRET = /(^|[^a-z])(api[ _-]?key|key|secret|password|passwd|token)([^a-z]|$)/i;
const NUMBER = /^[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?%?$/;
const ENOUGH = 200;
export const MASK = "••••••••";

/** Rows as far as their texts matter here. */
interface Texts {
  readonly cells: readonly string[];
}

/** A column whose texts strangers behind one's back should not read. */
export function isSecret(column: string): boolean {
  return SECRET.test(column.replace(/([a-z])([A-Z])/g, "$1 $2"));
}

/** Every text that is there is a number; `007` is a name, not a number. */
export function isNumeric(rows: readonly Texts[], place: number): boolean {
  const texts = rows.slice(0, ENOUGH).flatMap((row) => row.cells[place] || []);
  return (
    texts.length > 0 && texts.every((text) => NUMBER.test(text) && !/^[+-]?0\d/.test(text) && /\d/.test(text))
  );
}

/** A width that shows most texts of a column. */
export function widthOf(column: string, rows: readonly Texts[], place: number): number {
  const lengths = rows.slice(0, ENOUGH).map((row) => row.cells[place]?.length ?? 0);
  const longest = Math.max(column.length + 5, ...lengths);
  return Math.min(320, Math.max(104, Math.round(longest * 7.6) + 34));
}

/** What stands beside the columns: the navigation, the row numbers, a scroll bar. */
const BESIDES = 180;

export function roomOn(screen: number): number {
  return screen - BESIDES;
}

/** Widths in which a narrow table fills a wide screen; a wide table is left as it is. */
export function spread(widths: readonly number[], room: number): number[] {
  const wanted = widths.reduce((sum, width) => sum + width, 0);
  const scale = Math.max(1, room / Math.max(1, wanted));
  return widths.map((width) => Math.floor(width * scale));
}

/** A text on one line, with what has no shape of its own made visible. */
export function shown(text: string): string {
  return text.replace(/\r\n|\r|\n/g, " ⏎ ").replace(/\t/g, " ⇥ ");
}

/** A cell's text where it is told of rather than edited: on one line, masked if it is secret; null is no cell. */
export function readable(column: string, text: string): string;
export function readable(column: string, text: string | null): string | null;
export function readable(column: string, text: string | null): string | null {
  if (text === null || text === "") return text;
  return isSecret(column) ? MASK : shown(text);
}
