/** The name of this window. A reload keeps it, and with it the leases; a duplicated tab gets its own. */
import { randomId } from "@/lib/random-id";
import { readStored, writeStored } from "@/lib/storage";

const NAME = "rowlock.client";
const lockOf = (client: string) => `rowlock-window-${client}`;

/** A duplicated tab inherits the session storage: the browser's locks tell whether the name's owner still lives. */
export async function claimClientId(): Promise<string> {
  const stored = readStored(sessionStorage, NAME);
  const candidate = typeof stored === "string" && (await claim(stored)) ? stored : randomId();
  if (candidate !== stored) {
    await claim(candidate);
    writeStored(sessionStorage, NAME, candidate);
  }
  return candidate;
}

/** Which windows of this browser live; nothing where the browser cannot tell. */
export async function livingClients(): Promise<readonly string[] | undefined> {
  const state = await navigator.locks?.query().catch(() => undefined);
  return state?.held?.flatMap((lock) =>
    lock.name?.startsWith(lockOf("")) ? lock.name.slice(lockOf("").length) : [],
  );
}

function claim(client: string): Promise<boolean> {
  // Only secure origins have locks; elsewhere a duplicated tab shares its name, which costs comfort, not safety.
  if (navigator.locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    const held = navigator.locks.request(lockOf(client), { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Held until the window closes.
      return lock === null ? undefined : new Promise<void>(() => undefined);
    });
    held.catch(() => resolve(true));
  });
}
