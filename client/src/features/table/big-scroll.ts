/** Scrolling of a table that may be taller than a browser can draw.
 *
 * Beyond some 16 million pixels the grid shows several rows for each pixel it scrolls, so that one notch of the wheel
 * would skip hundreds of them. Here the wheel's way is scaled back, and what is less than a pixel is carried on.
 */
import { ROW_HEIGHT } from "@/ui/grid/grid-theme";

const LINE = 34;

/** The element that scrolls; the grid offers no name for it. */
function scrollerOf(root: ParentNode): HTMLElement | null {
  return root.querySelector<HTMLElement>(".ag-grid-viewport");
}

/** How far the page scrolls for a pixel of rows: less than 1 where the table is too tall. */
function scaleOf(scroller: HTMLElement, rows: number): number {
  return Math.min(1, scroller.scrollHeight / (rows * ROW_HEIGHT));
}

export function tameWheel(root: HTMLElement, rowCount: () => number): () => void {
  let carried = 0;
  function onWheel(event: WheelEvent) {
    const scroller = scrollerOf(root);
    if (scroller === null || event.ctrlKey || event.deltaY === 0) return;
    const scale = scaleOf(scroller, rowCount());
    if (scale > 0.99) return;
    event.preventDefault();
    const wanted =
      event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1) * scale + carried;
    const before = scroller.scrollTop;
    scroller.scrollTop = before + wanted;
    carried = wanted - (scroller.scrollTop - before);
    if (Math.abs(carried) > 2) carried = 0;
  }
  root.addEventListener("wheel", onWheel, { passive: false, capture: true });
  return () => root.removeEventListener("wheel", onWheel, { capture: true });
}

/** Scroll by whole rows, so that what one looks at stays where it is while rows come and go above. */
export function scrollByRows(root: ParentNode, rows: number, rowCount: number): void {
  const scroller = scrollerOf(root);
  if (scroller !== null) scroller.scrollTop += rows * ROW_HEIGHT * scaleOf(scroller, rowCount);
}
