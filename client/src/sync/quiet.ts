/** Waiting for what was typed to get where it is going. */
import type { Outbox } from "./outbox";
import { Unreachable } from "./problem";

const PATIENCE_MS = 5_000;

/** Resolves when nothing is on its way to the server; raises `Unreachable` if that takes longer than seconds. */
export function quiet(outbox: Outbox): Promise<void> {
  return once(outbox, () => !outbox.waiting);
}

/** Resolves when what the server has taken is in the table, too; raises the same. */
export function arrived(outbox: Outbox): Promise<void> {
  return once(outbox, () => outbox.list.every(({ state }) => state === "refused"));
}

function once({ changed }: Outbox, so: () => boolean): Promise<void> {
  if (so()) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => end(() => reject(new Unreachable())), PATIENCE_MS);
    const stop = changed.on(() => {
      if (so()) end(resolve);
    });
    function end(settle: () => void): void {
      clearTimeout(timer);
      stop();
      settle();
    }
  });
}
