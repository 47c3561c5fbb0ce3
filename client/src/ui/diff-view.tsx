/** What would become of the table, row by row: what goes, what comes, from what to what. */
import { Text } from "@mantine/core";
import { readable } from "@/lib/column-kinds";
import type { CellChange } from "@/sync/events";
import type { Diff } from "@/sync/past";
import classes from "./diff-view.module.css";
import { FromTo } from "./from-to";

const SHOWN = 100;
const CELLS = 6;

type Kind = "added" | "changed" | "deleted" | "moved" | "unchanged";

export interface DiffLine {
  readonly key: string;
  readonly kind: Kind;
  readonly name: string;
  readonly cells: readonly (readonly [string, CellChange])[];
}

const WORDS: Readonly<Record<Kind, string>> = {
  added: "comes",
  changed: "changes",
  deleted: "goes",
  moved: "moves",
  unchanged: "stays",
};

export function DiffView({ diff }: { diff: Diff }) {
  return <DiffLines lines={linesOf(diff)} more={diff.more} />;
}

interface DiffLinesProps {
  readonly lines: readonly DiffLine[];
  /** How many there are besides. */
  readonly more: number;
  readonly shown?: number;
}

export function DiffLines({ lines, more: besides, shown: limit = SHOWN }: DiffLinesProps) {
  const more = besides + Math.max(0, lines.length - limit);
  if (lines.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Nothing would change.
      </Text>
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes.box} aria-label="What would change" tabIndex={0}>
      <ul className={classes.lines}>
        {lines.slice(0, limit).map((line) => (
          <LineItem key={line.key} line={line} />
        ))}
        {more > 0 && <li className={classes.more}>… and {more.toLocaleString("en")} more</li>}
      </ul>
    </section>
  );
}

function LineItem({ line: { kind, name, cells } }: { line: DiffLine }) {
  // Instead of the words for one more cell there is room for the cell.
  const cut = cells.length === CELLS + 1 ? cells.length : CELLS;
  return (
    <li className={classes.line} data-kind={kind}>
      <span className={classes.name}>
        {name} <span className={classes.kind}>{WORDS[kind]}</span>
      </span>
      <span className={classes.cells}>
        {cells.slice(0, cut).map(([column, { from, to }]) => (
          <span key={column} className={classes.cell}>
            <span className={classes.column}>{column}</span>
            <FromTo from={readable(column, from)} to={readable(column, to)} />
          </span>
        ))}
        {cells.length > cut && <span className={classes.column}>and {cells.length - cut} more cells</span>}
      </span>
    </li>
  );
}

function linesOf({ columns, added, changed, deleted, moved }: Diff): DiffLine[] {
  const column = (kind: Kind, name: string): DiffLine => ({
    key: `${kind} column ${name}`,
    kind,
    name: `Column “${name}”`,
    cells: [],
  });
  const row = (kind: Kind, index: number, cells: DiffLine["cells"]): DiffLine => ({
    key: `${kind} ${index}`,
    kind,
    name: `Row ${index}`,
    cells,
  });
  return [
    ...columns.deleted.map((name) => column("deleted", name)),
    ...columns.added.map((name) => column("added", name)),
    ...Object.entries(columns.renamed).map(([name, to]): DiffLine => {
      return { ...column("changed", name), cells: [["name", { from: name, to }]] };
    }),
    ...columns.moved.map((name) => column("moved", name)),
    ...deleted.map(({ index, cells }) => row("deleted", index, whole(cells, "from"))),
    ...changed.map(({ index, cells }) => row("changed", index, Object.entries(cells))),
    ...added.map(({ index, cells }) => row("added", index, whole(cells, "to"))),
    ...moved.map((index) => row("moved", index, [])),
  ];
}

function whole(cells: Readonly<Record<string, string>>, side: "from" | "to"): DiffLine["cells"] {
  return Object.entries(cells)
    .filter(([, text]) => text !== "")
    .map(([column, text]) => [column, { from: null, to: null, [side]: text }]);
}
