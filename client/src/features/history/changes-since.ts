/** What became of each row since a moment, told from the events in between. */
import type { TableEvent } from "@/sync/events";
import type { Http } from "@/sync/http";

export interface ChangesSince {
  /** By row, the columns whose text is another one now. */
  readonly changed: ReadonlyMap<number, ReadonlyMap<string, string>>;
  readonly deleted: ReadonlySet<number>;
  readonly added: number;
  /** More happened than was looked at. */
  readonly partial: boolean;
}

const PAGE = 10_000;
const PAGES = 10;

export async function loadChangesSince(
  http: Http,
  position: number,
  signal: AbortSignal,
): Promise<ChangesSince> {
  const events: TableEvent[] = [];
  let after = position;
  for (let page = 0; page < PAGES; page += 1) {
    const answer = await http.ask<{ events: TableEvent[] }>("GET", "/api/events", {
      params: { after, limit: PAGE },
      signal,
    });
    events.push(...answer.events);
    if (answer.events.length < PAGE) return changesIn(events, false);
    after = events.at(-1)?.position ?? after;
  }
  return changesIn(events, true);
}

export function changesIn(events: readonly TableEvent[], partial: boolean): ChangesSince {
  const first = new Map<number, Map<string, string>>();
  const last = new Map<number, Map<string, string>>();
  const added = new Set<number>();
  const deleted = new Set<number>();
  for (const event of events) {
    if (event.kind === "row_added") {
      // A row that comes back, as an undo does it, was there before.
      if (!deleted.delete(event.index)) added.add(event.index);
    } else if (event.kind === "row_deleted") {
      if (!added.delete(event.index)) deleted.add(event.index);
    } else if (event.kind === "row_updated" && !added.has(event.index)) {
      for (const [column, { from, to }] of Object.entries(event.cells)) {
        const then = rowOf(first, event.index);
        if (!then.has(column)) then.set(column, from ?? "");
        rowOf(last, event.index).set(column, to ?? "");
      }
    }
  }
  const changed = new Map<number, ReadonlyMap<string, string>>();
  for (const [index, now] of last) {
    const real = [...now].filter(([column, text]) => first.get(index)?.get(column) !== text);
    if (real.length > 0 && !deleted.has(index)) changed.set(index, new Map(real));
  }
  return { changed, deleted, added: added.size, partial };
}

function rowOf(rows: Map<number, Map<string, string>>, index: number): Map<string, string> {
  const found = rows.get(index) ?? new Map<string, string>();
  rows.set(index, found);
  return found;
}
