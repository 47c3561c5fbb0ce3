/** Ctrl+Z, Ctrl+Y and Ctrl+Shift+Z, wherever one is: not in a text field, which has its own, nor behind a dialog. */
import { useEffect } from "react";
import { isDialogOpen, isTyping } from "@/lib/keys";
import type { Way } from "@/sync/undo-stack";

export function useUndoKeys(run: (way: Way) => void): void {
  useEffect(() => {
    function listen(event: KeyboardEvent): void {
      const way = wayOf(event);
      if (way === undefined || isTyping(event.target) || isDialogOpen()) return;
      event.preventDefault();
      run(way);
    }
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [run]);
}

function wayOf({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): Way | undefined {
  if (!(ctrlKey || metaKey) || altKey) return undefined;
  switch (key.toLowerCase()) {
    case "z":
      return shiftKey ? "redo" : "undo";
    case "y":
      return shiftKey ? undefined : "redo";
    default:
      return undefined;
  }
}
