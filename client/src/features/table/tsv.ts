/** Cells as spreadsheets put them on the clipboard: tabs and lines, quoted where a cell holds either. */
export function formatTsv(cells: readonly (readonly string[])[]): string {
  return cells.map((row) => row.map(quoted).join("\t")).join("\n");
}

function quoted(text: string): string {
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The cells of a clipboard text. Excel ends it with a line end that is no row. */
export function parseTsv(text: string): string[][] {
  const source = text.replace(/\r?\n$/, "");
  const rows: string[][] = [[]];
  let at = 0;
  while (at <= source.length) {
    const { cell, next } = source[at] === '"' ? readQuoted(source, at) : readPlain(source, at);
    rows.at(-1)?.push(cell);
    if (next >= source.length) break;
    if (source[next] === "\t") at = next + 1;
    else {
      rows.push([]);
      at = next + (source.startsWith("\r\n", next) ? 2 : 1);
    }
  }
  return rows;
}

interface Read {
  readonly cell: string;
  readonly next: number;
}

function readPlain(source: string, start: number): Read {
  const rest = /[\t\r\n]/g;
  rest.lastIndex = start;
  const next = rest.exec(source)?.index ?? source.length;
  return { cell: source.slice(start, next), next };
}

/** A quote that is never closed, or is followed by more text, was a plain quote after all. */
function readQuoted(source: string, start: number): Read {
  const match = /"((?:[^"]|"")*)"(?=[\t\r\n]|$)/y;
  match.lastIndex = start;
  const found = match.exec(source);
  if (found === null) return readPlain(source, start);
  return { cell: (found[1] ?? "").replaceAll('""', '"'), next: match.lastIndex };
}
