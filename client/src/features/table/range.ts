/** A rectangle of cells: from where the selection began to where it has got to. */
export interface CellPlace {
  readonly place: number;
  readonly column: string;
}

export interface Range {
  readonly anchor: CellPlace;
  readonly head: CellPlace;
}

export interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** The rectangle in places and numbers of displayed columns; nothing if one of its columns is hidden. */
export function boxOf(range: Range, columns: readonly string[]): Box | undefined {
  const from = columns.indexOf(range.anchor.column);
  const to = columns.indexOf(range.head.column);
  if (from < 0 || to < 0) return undefined;
  return {
    top: Math.min(range.anchor.place, range.head.place),
    bottom: Math.max(range.anchor.place, range.head.place),
    left: Math.min(from, to),
    right: Math.max(from, to),
  };
}

export function sizeOf(box: Box): number {
  return (box.bottom - box.top + 1) * (box.right - box.left + 1);
}

export function holds(box: Box, place: number, column: number): boolean {
  return place >= box.top && place <= box.bottom && column >= box.left && column <= box.right;
}

/** Where the head goes for an arrow key; the edges of the table stop it. */
export function moved(range: Range, key: string, columns: readonly string[], total: number): Range {
  const at = columns.indexOf(range.head.column);
  const { place } = range.head;
  const nextPlace = place + (key === "ArrowDown" ? 1 : 0) - (key === "ArrowUp" ? 1 : 0);
  const nextColumn = at + (key === "ArrowRight" ? 1 : 0) - (key === "ArrowLeft" ? 1 : 0);
  const column = columns[Math.max(0, Math.min(columns.length - 1, nextColumn))] ?? range.head.column;
  return { ...range, head: { place: Math.max(0, Math.min(total - 1, nextPlace)), column } };
}
