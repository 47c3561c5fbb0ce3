/** The import of a file, asked for or only tried. */
import { randomId } from "@/lib/random-id";
import type { CellChange } from "@/sync/events";
import { type Http, LONG_MS } from "@/sync/http";
import type { Counts, Diff } from "@/sync/past";

export interface ImportWish {
  readonly file: File;
  readonly mode: "replace" | "upsert";
  readonly key: string | null;
}

export interface Verdict {
  readonly verdict: "added" | "changed" | "moved" | "deleted" | "unchanged";
  readonly index?: number;
  readonly cells: Readonly<Record<string, CellChange>>;
}

export interface Planned extends Counts {
  readonly position: number;
  readonly unchanged?: number;
  readonly rows?: readonly Verdict[];
  readonly more?: number;
}

export function askImport(http: Http, { file, mode, key }: ImportWish, dryRun: boolean): Promise<Planned> {
  const body = new FormData();
  body.set("file", file);
  body.set("mode", mode);
  if (mode === "upsert" && key !== null) body.set("key", key);
  if (dryRun) body.set("dry_run", "true");
  const headers: Record<string, string> = dryRun ? {} : { "Idempotency-Key": randomId() };
  return http.ask("POST", "/api/import_csv", { body, headers, patience: LONG_MS });
}

/** The verdicts of a trial as differences; a row that is new has no number yet. */
export function diffOf({ rows = [], more = 0 }: Planned): Diff {
  let fresh = 0;
  const of = (verdict: Verdict["verdict"]) => rows.filter((row) => row.verdict === verdict);
  const side = ({ cells }: Verdict, which: "from" | "to") =>
    Object.fromEntries(Object.entries(cells).map(([column, change]) => [column, change[which] ?? ""]));
  return {
    added: of("added").map((row) => ({ index: --fresh, cells: side(row, "to") })),
    changed: of("changed").map((row) => ({ index: row.index ?? --fresh, cells: row.cells })),
    deleted: of("deleted").map((row) => ({ index: row.index ?? --fresh, cells: side(row, "from") })),
    moved: of("moved").map((row) => row.index ?? --fresh),
    columns: { added: [], deleted: [], renamed: {}, moved: [] },
    more,
  };
}
