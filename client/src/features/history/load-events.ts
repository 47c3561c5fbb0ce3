/** The journal read backwards: it can only be asked forwards, so it is read in ever larger steps from its end. */
import { isLease, type TableEvent } from "@/sync/events";
import type { Http } from "@/sync/http";
import { headOf } from "@/sync/past";

export interface EventFilter {
  readonly index?: number;
  readonly actor?: string;
  readonly kind?: string;
  /** Only what gave a cell of this column its text. */
  readonly column?: string;
  readonly leases: boolean;
}

export interface EventPage {
  readonly events: readonly TableEvent[];
  /** Events at or before this position were not looked at; 0 when all were. */
  readonly before: number;
}

const ENOUGH = 60;
const FIRST_STEP = 300;
const STEP_LIMIT = 10_000;

/** Events before a position (null: the end), the newest first. */
export async function loadBefore(
  http: Http,
  filter: EventFilter,
  before: number | null,
  signal: AbortSignal,
): Promise<EventPage> {
  let upto = before ?? (await headOf(http, signal));
  let step = filter.index === undefined ? FIRST_STEP : STEP_LIMIT;
  const found: TableEvent[] = [];
  while (upto > 0 && found.length < ENOUGH) {
    const after = Math.max(0, upto - step);
    const params = { after, limit: step, index: filter.index, actor: filter.actor, kind: filter.kind };
    const { events } = await http.ask<{ events: TableEvent[] }>("GET", "/api/events", { params, signal });
    const end = upto;
    found.push(...events.filter((event) => event.position <= end && passes(filter, event)).reverse());
    upto = after;
    step = Math.min(STEP_LIMIT, step * 4);
  }
  return { events: found, before: upto };
}

/** Whether an event belongs to what is shown. */
export function passes(filter: EventFilter, event: TableEvent): boolean {
  if (!filter.leases && isLease(event)) return false;
  if (filter.actor !== undefined && event.actor !== filter.actor) return false;
  if (filter.kind !== undefined && event.kind !== filter.kind) return false;
  if (filter.column !== undefined && !("cells" in event && Object.hasOwn(event.cells, filter.column)))
    return false;
  return filter.index === undefined || ("index" in event && event.index === filter.index);
}
