/** Adding, renaming and deleting columns; each can be undone like any edit. */
import type { Engine } from "@/sync/engine";
import { sentence } from "@/sync/sentences";
import type { ColumnsShape } from "@/sync/shapes";
import { say } from "@/ui/say";
import { undoDeed } from "@/ui/undo";

/** Add a column at a place, else at the end. Raises `Refused` or `Unreachable`. */
export async function addColumn(engine: Engine, column: string, place?: number): Promise<void> {
  const { position } = await engine.http.ask<ColumnsShape>("POST", "/api/columns", {
    body: { column, place },
  });
  engine.undos.did(position);
}

/** Give a column another name. Raises `Refused` or `Unreachable`. */
export async function renameColumn(engine: Engine, column: string, to: string): Promise<void> {
  const { position } = await engine.http.ask<ColumnsShape>("PATCH", pathOf(column), { body: { to } });
  engine.undos.did(position);
}

export async function deleteColumn(engine: Engine, column: string): Promise<void> {
  try {
    const { position } = await engine.http.ask<ColumnsShape>("DELETE", pathOf(column));
    engine.undos.did(position);
    say({
      text: `The column “${column}” is deleted.`,
      action: { label: "Undo", run: () => undoDeed(engine, position) },
    });
  } catch (error) {
    say({ text: sentence(error), tone: "bad" });
  }
}

function pathOf(column: string): string {
  return `/api/columns/${encodeURIComponent(column)}`;
}
