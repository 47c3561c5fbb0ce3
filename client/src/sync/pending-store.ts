/** Pending edits outlive the page: each window keeps its own list, and takes over those of windows that are gone. */
import { readStored, writeStored } from "@/lib/storage";
import { livingClients } from "./client-id";
import type { Pending } from "./outbox";

const prefixOf = (username: string) => `rowlock.pending.${username}.`;

export function storePending(username: string, client: string, list: readonly Pending[]): void {
  const unsaved = list.filter((each) => each.state !== "saved");
  writeStored(localStorage, prefixOf(username) + client, unsaved.length === 0 ? null : unsaved);
}

/** What this window left behind before a reload, and what dead windows did. The key makes a second sending harmless. */
export async function orphanedPending(username: string, client: string): Promise<readonly Pending[]> {
  const living = new Set((await livingClients()) ?? []);
  const prefix = prefixOf(username);
  const names = Object.keys(localStorage).filter((name) => name.startsWith(prefix));
  const found: Pending[] = [];
  for (const name of names) {
    const owner = name.slice(prefix.length);
    if (owner !== client && living.has(owner)) continue;
    const list = readStored(localStorage, name);
    if (Array.isArray(list)) found.push(...list.filter(isPending));
    if (owner !== client) localStorage.removeItem(name);
  }
  return found;
}

function isPending(value: unknown): value is Pending {
  return (
    typeof value === "object" &&
    value !== null &&
    "key" in value &&
    "ops" in value &&
    Array.isArray(value.ops)
  );
}
