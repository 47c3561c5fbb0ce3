/** What can be undone in this window outlives a reload: the positions of one's own deeds, kept as long as the tab. */
import { readStored, writeStored } from "@/lib/storage";
import { NO_STEPS, type Steps } from "./undo-stack";

const nameOf = (username: string) => `rowlock.undo.${username}`;

export function storeSteps(username: string, steps: Steps): void {
  writeStored(sessionStorage, nameOf(username), steps);
}

export function storedSteps(username: string): Steps {
  const value = readStored(sessionStorage, nameOf(username));
  return isSteps(value) ? value : NO_STEPS;
}

function isSteps(value: unknown): value is Steps {
  return (
    typeof value === "object" &&
    value !== null &&
    "undo" in value &&
    "redo" in value &&
    [value.undo, value.redo].every((list) => Array.isArray(list) && list.every(Number.isSafeInteger))
  );
}
