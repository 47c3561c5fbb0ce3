/** Adding, deleting and finding rows. */
import type { Engine } from "@/sync/engine";
import { isWhole, WHOLE_TABLE } from "@/sync/query";

/** How far from its number a row is looked for: deleted and moved rows shift places. */
const NEAR = 5_000;

/** Add an empty row; tells its index once the table has it. */
export function addRow(
  engine: Engine,
  where: { after?: number; before?: number },
  done: (index: number) => void,
): void {
  const key = engine.outbox.submit({ ops: [{ op: "add", cells: {}, ...where }] });
  const stop = engine.events.on((event) => {
    if (event.kind !== "row_added" || event.key !== key) return;
    stop();
    done(event.index);
  });
}

export function deleteRows(engine: Engine, indexes: readonly number[]): void {
  engine.outbox.submit({ ops: indexes.map((index) => ({ op: "delete" as const, index })) });
}

/** The place of a row in the view, or nothing if it is not found near its number. */
export async function findPlace(engine: Engine, index: number): Promise<number | undefined> {
  const { view } = engine;
  const known = view.placeOf(index);
  if (known !== undefined || !isWhole(view.query)) return known;
  const start = Math.max(0, Math.min(index, view.total - 1) - NEAR);
  const window = await engine.fetch(WHOLE_TABLE, start, 2 * NEAR);
  const at = window.rows.findIndex((row) => row.index === index);
  return at < 0 ? undefined : start + at;
}
