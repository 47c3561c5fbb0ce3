/** Ties the editing of cells to the grid: what the session says is shown at the cell. */
import type { GridApi } from "ag-grid-community";
import { type RefObject, useEffect, useMemo } from "react";
import type { Engine } from "@/sync/engine";
import type { Row } from "@/sync/rows";
import { EditSession } from "./edit-session";
import type { useNotice } from "./use-notice";

export function useEditSession(
  engine: Engine,
  api: GridApi<Row> | null,
  root: RefObject<HTMLElement | null>,
  notice: Pick<ReturnType<typeof useNotice>, "show" | "showStatus" | "close">,
): EditSession {
  const session = useMemo(() => new EditSession(engine), [engine]);
  const { show, showStatus, close } = notice;

  useEffect(() => () => session.close(), [session]);
  useEffect(
    () =>
      session.news.on((news) => {
        if (news.kind === "calm") return close();
        if (news.kind === "lost") return show(news.cell, { kind: "lost" });
        if (news.kind === "ending") return show(news.cell, { kind: "ending", until: news.until });
        const { cell, problem, text } = news;
        if (text !== "") {
          const cells = Object.fromEntries([[cell.column, text]]);
          engine.outbox.keepRefused({ ops: [{ op: "update", index: cell.index, cells }] }, problem);
        }
        api?.stopEditing(true);
        if (engine.leases.status(cell.index) !== undefined) showStatus(cell);
        else show(cell, { kind: "locked", holder: problem.holder ?? "Somebody", text });
      }),
    [session, api, engine, show, showStatus, close],
  );
  useEffect(() => {
    const element = root.current;
    // What is typed bubbles up from whichever editor is open.
    const typed = (event: Event) => {
      if (event.target instanceof HTMLTextAreaElement) session.type(event.target.value);
    };
    element?.addEventListener("input", typed);
    return () => element?.removeEventListener("input", typed);
  }, [root, session]);
  return session;
}
