/** What of the history is shown: chosen in the bar, and the same object as long as nothing is chosen anew. */
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import type { EventFilter } from "./load-events";

/** While somebody types, nothing is asked for yet. */
const PAUSE_MS = 300;

export function useEventFilter() {
  const [actor, setActor] = useState("");
  const [row, setRow] = useState<string | number>("");
  const [kind, setKind] = useState<string | null>(null);
  const [leases, setLeases] = useState(false);
  const [byWhom] = useDebouncedValue(actor.trim(), PAUSE_MS);
  const [index] = useDebouncedValue(row, PAUSE_MS);
  const filter = useMemo<EventFilter>(
    () => ({
      leases,
      ...(byWhom === "" ? {} : { actor: byWhom }),
      ...(index === "" ? {} : { index: Number(index) }),
      ...(kind === null ? {} : { kind }),
    }),
    [byWhom, index, kind, leases],
  );
  return { actor, setActor, row, setRow, kind, setKind, leases, setLeases, filter };
}
