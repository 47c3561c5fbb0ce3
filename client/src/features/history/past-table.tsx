/** The whole table as it was, read-only, with what is different now in colour. */
import { ActionIcon, Center, Loader, Slider, Text, Tooltip } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import {
  IconHistory,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconPlayerTrackPrev,
} from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { dayAndTime } from "@/lib/times";
import type { TableEvent } from "@/sync/events";
import { headOf } from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { useEngine } from "@/ui/engine-context";
import { RestoreModal, type Restoring } from "@/ui/restore-modal";
import { type ChangesSince, loadChangesSince } from "./changes-since";
import { type PastCell, PastGrid } from "./past-grid";
import classes from "./past-table.module.css";
import { RestoreMenu } from "./restore-menu";
import { tell } from "./words";

/** A slider that moves asks for no table at each step. */
const REST_MS = 180;

interface PastTableProps {
  /** The position to show; 0 for the present one. */
  readonly at: number;
  readonly onVisit: (position: number) => void;
}

export function PastTable({ at, onVisit }: PastTableProps) {
  const { http } = useEngine();
  const head = useQuery({ queryKey: ["head"], queryFn: ({ signal }) => headOf(http, signal), staleTime: 0 });
  if (head.data !== undefined) return <Moment at={at} last={head.data} onVisit={onVisit} />;
  return (
    <Center flex={1}>
      {head.isError ? (
        <Text size="sm" c="dimmed" role="alert">
          {sentence(head.error)}
        </Text>
      ) : (
        <Loader type="dots" aria-label="Loading the history" />
      )}
    </Center>
  );
}

function Moment({ at, last, onVisit }: PastTableProps & { last: number }) {
  const { http } = useEngine();
  const position = at === 0 ? last : Math.min(at, last);
  /** Where the slider is while it moves; the table follows when it rests. */
  const [chosen, setChosen] = useState<number | null>(null);
  const visit = useDebouncedCallback(onVisit, REST_MS);
  // biome-ignore lint/correctness/useExhaustiveDependencies: arrived.
  useEffect(() => setChosen(null), [at]);

  function choose(next: number) {
    const within = Math.min(last, Math.max(1, next));
    setChosen(within);
    visit(within);
  }

  const event = useEventAt(position);
  const changes = useQuery({
    queryKey: ["changes-since", position, last],
    queryFn: ({ signal }) => loadChangesSince(http, position, signal),
    placeholderData: keepPreviousData,
  });
  const [focused, setFocused] = useState<PastCell | null>(null);
  const [restoring, setRestoring] = useState<Restoring | null>(null);
  const present = position >= last;
  const marked = chosen ?? position;

  function restore(thing: string, part: { rows?: readonly number[]; columns?: readonly string[] } = {}) {
    const when = event === undefined ? `position ${position}` : dayAndTime(event.at);
    setRestoring({ goal: { position, ...part }, position, what: `${thing} of ${when}` });
  }

  return (
    <>
      <div className={classes.bar}>
        <IconHistory size={20} className={classes.icon} aria-hidden />
        <div className={classes.moment} aria-live="polite">
          <Text size="sm" fw={600}>
            {present ? "The table as it is now" : `The table on ${event ? dayAndTime(event.at) : "…"}`}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {event === undefined ? "…" : `Right after ${event.actor} ${tell(event).did}`} · read-only
          </Text>
        </div>
        <div className={classes.tools}>
          <RestoreMenu focused={focused} disabled={present} onRestore={restore} />
          <Step label="One change back" onClick={() => choose(marked - 1)} Icon={IconPlayerTrackPrev} />
          <Step label="One change on" onClick={() => choose(marked + 1)} Icon={IconPlayerTrackNext} />
          <Step label="Back to now" onClick={() => choose(last)} Icon={IconPlayerSkipForward} />
        </div>
        <Slider
          min={1}
          max={Math.max(2, last)}
          value={marked}
          onChange={choose}
          label={null}
          thumbLabel="Moment"
          size="sm"
          className={classes.slider}
        />
        <Legend changes={changes.data} error={changes.error} />
        <Text size="xs" c="dimmed" className={classes.place}>
          {marked.toLocaleString("en")} of {last.toLocaleString("en")}
        </Text>
      </div>
      <RestoreModal restoring={restoring} onClose={() => setRestoring(null)} />
      <PastGrid position={position} changes={changes.data} onFocused={setFocused} />
    </>
  );
}

function useEventAt(position: number): TableEvent | undefined {
  const { http } = useEngine();
  const moment = useQuery({
    queryKey: ["moment", position],
    queryFn: ({ signal }) =>
      http.ask<{ events: TableEvent[] }>("GET", "/api/events", {
        params: { after: position - 1, limit: 1 },
        signal,
      }),
    placeholderData: keepPreviousData,
  });
  return moment.data?.events[0];
}

function Legend({ changes, error }: { changes: ChangesSince | undefined; error: unknown }) {
  if (error !== null) return <p className={classes.legend}>{sentence(error)}</p>;
  if (changes === undefined) return <p className={classes.legend}>…</p>;
  const { changed, deleted, added, partial } = changes;
  return (
    <p className={classes.legend}>
      {changed.size + deleted.size + added === 0 && <span>Nothing has changed since.</span>}
      {changed.size > 0 && <span data-kind="changed">{rowsOf(changed.size)} changed since</span>}
      {deleted.size > 0 && <span data-kind="deleted">{rowsOf(deleted.size)} deleted since</span>}
      {added > 0 && <span>{rowsOf(added)} added since, not here yet</span>}
      {partial && <span>Only the first 100,000 changes are coloured.</span>}
    </p>
  );
}

function rowsOf(count: number): string {
  return count === 1 ? "1 row" : `${count.toLocaleString("en")} rows`;
}

function Step({ label, onClick, Icon }: { label: string; onClick: () => void; Icon: typeof IconHistory }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size="md" aria-label={label} onClick={onClick}>
        <Icon size={15} />
      </ActionIcon>
    </Tooltip>
  );
}
