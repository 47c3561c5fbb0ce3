/** Which notice stands at which cell, and the rows somebody waits for. */
import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import type { Engine } from "@/sync/engine";
import { say } from "@/ui/say";
import type { Notice } from "./cell-notice";
import type { EditedCell } from "./edit-session";

const WIDTH = 330;
const HEIGHT = 110;

export type Said = Omit<Notice, "at" | "index" | "column">;

export function useNotice(
  engine: Engine,
  root: RefObject<HTMLElement | null>,
  goTo: (index: number) => void,
) {
  const [notice, setNotice] = useState<Notice | null>(null);
  const [watched, setWatched] = useState<ReadonlySet<number>>(new Set());
  const going = useRef(goTo);
  going.current = goTo;

  const show = useCallback(
    (cell: EditedCell, said: Said) => {
      const at = placeOf(root.current, cell);
      if (at !== undefined) setNotice({ ...said, index: cell.index, column: cell.column, at });
    },
    [root],
  );
  const close = useCallback(() => setNotice(null), []);

  /** Say why a row cannot be edited, from what is known of its lock. */
  const showStatus = useCallback(
    (cell: EditedCell) => {
      const status = engine.leases.status(cell.index);
      if (status === undefined) return;
      const own = status.status === "locked" && status.holder === engine.username;
      show(cell, { kind: own ? "elsewhere" : status.status, holder: status.holder, until: status.until });
    },
    [engine, show],
  );

  useEffect(
    () =>
      engine.leases.news.on((news) => {
        if (news.kind !== "status" || engine.leases.status(news.index) !== undefined) return;
        setNotice((shown) => (shown?.index === news.index && shown.kind !== "lost" ? null : shown));
        setWatched((before) => {
          if (!before.has(news.index)) return before;
          const { index } = news;
          say({
            text: `Row ${index} is free now.`,
            tone: "good",
            action: { label: "Go to it", run: () => going.current(index) },
          });
          return new Set([...before].filter((each) => each !== index));
        });
      }),
    [engine],
  );

  const watch = useCallback((index: number) => setWatched((before) => new Set(before).add(index)), []);
  return { notice, watched, show, showStatus, close, watch };
}

/** Below the cell, or above it where there is no room. */
function placeOf(root: HTMLElement | null, { index, column }: EditedCell) {
  const cell = root?.querySelector(`[row-id="${index}"] [col-id="${CSS.escape(column)}"]`);
  if (root === null || cell == null) return undefined;
  const frame = root.getBoundingClientRect();
  const { left, top, bottom } = cell.getBoundingClientRect();
  const x = Math.max(8, Math.min(left - frame.left, frame.width - WIDTH));
  const below = bottom - frame.top + 6;
  return { x, y: below + HEIGHT > frame.height ? Math.max(8, top - frame.top - HEIGHT) : below };
}
