/** Which cell an event of the mouse is about. The grid tells of it, too, but late, after the next keys. */
import type { CellPlace } from "./range";

export function cellAt(target: EventTarget | null): CellPlace | undefined {
  if (!(target instanceof Element)) return undefined;
  const cell = target.closest('[role="gridcell"], [role="rowheader"]');
  const place = Number(cell?.closest("[row-index]")?.getAttribute("row-index") ?? Number.NaN);
  const column = cell?.getAttribute("col-id");
  return column == null || !Number.isInteger(place) ? undefined : { place, column };
}
