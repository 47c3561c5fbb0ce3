/** The import of a file, asked for or only tried. */
import { randomId } from "@/lib/random-id";
import type { CellChange } from "@/sync/events";
import { type Http, LONG_MS } from "@/sync/http";
import type { Counts } from "@/sync/past";
import { Refused } from "@/sync/problem";
import { sentence } from "@/sync/sentences";
import type { DiffLine } from "@/ui/diff-view";

export interface ImportWish {
  readonly mode: "replace" | "upsert";
  /** The column that says which row is which; for a merge. */
  readonly key: string | null;
  /** Whether a merge adds the columns that the table lacks. */
  readonly addColumns: boolean;
  /** How the file is written, where it is not UTF-8 or does not tell; empty: as it seems. */
  readonly encoding: string;
  readonly delimiter: string;
}

export interface Verdict {
  readonly verdict: "added" | "changed" | "moved" | "deleted" | "unchanged";
  readonly index?: number;
  /** Where in the file the row stands. */
  readonly line?: number;
  readonly cells: Readonly<Record<string, CellChange>>;
}

export interface Planned extends Counts {
  readonly position: number;
  readonly unchanged?: number;
  readonly rows?: readonly Verdict[];
  readonly more?: number;
}

export function askImport(http: Http, file: File, wish: ImportWish, dryRun: boolean): Promise<Planned> {
  const body = new FormData();
  body.set("file", file);
  for (const [name, value] of Object.entries(optionsOf(wish))) body.set(name, value);
  if (dryRun) body.set("dry_run", "true");
  const headers: Record<string, string> = dryRun ? {} : { "Idempotency-Key": randomId() };
  return http.ask("POST", "/api/import_csv", { body, headers, patience: LONG_MS });
}

/** The options that the server shall know of: what does not belong to the mode is left out. */
export function optionsOf({
  mode,
  key,
  addColumns,
  encoding,
  delimiter,
}: ImportWish): Record<string, string> {
  return {
    mode,
    ...(mode === "upsert" && key !== null ? { key } : {}),
    ...(mode === "upsert" && addColumns ? { add_columns: "true" } : {}),
    ...(encoding === "" ? {} : { encoding }),
    ...(delimiter === "" ? {} : { delimiter }),
  };
}

/** What would become of each row of the file and of the table, told by its line in the file. */
export function linesOf({ rows = [] }: Planned): DiffLine[] {
  return rows.map(({ verdict, index, line, cells }, at) => ({
    key: `${at} ${verdict}`,
    kind: verdict,
    name: [line === undefined ? undefined : `Line ${line}`, index === undefined ? undefined : `row ${index}`]
      .filter((part) => part !== undefined)
      .join(", ")
      .replace(/^r/, "R"),
    cells: Object.entries(cells).filter(([, { from, to }]) => (from ?? "") !== (to ?? "")),
  }));
}

/** Refusals that are about the file: the server's own words name the line. */
const OF_THE_FILE = new Set(["control_character", "cell_too_large", "bad_text", "encoding"]);

/** Why a file was not taken in, and what may help. */
export function importSentence(error: unknown): string {
  const problem = error instanceof Refused ? error.problem : undefined;
  if (problem?.code === "unknown_column")
    return `The table has no column “${problem.column ?? "?"}”. Tick “Add the columns that the table lacks” to have it added.`;
  return problem !== undefined && OF_THE_FILE.has(problem.code) ? problem.detail : sentence(error);
}
