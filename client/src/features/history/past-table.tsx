/** The whole table as it was, read-only, with what is different now in colour. */
import { ActionIcon, Group, Slider, Text, Tooltip } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import {
  IconHistory,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconPlayerTrackPrev,
} from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { TableEvent } from "@/sync/events";
import { headOf } from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { useEngine } from "@/ui/engine-context";
import { RestoreModal, type Restoring } from "@/ui/restore-modal";
import { loadChangesSince } from "./changes-since";
import { type PastCell, PastGrid } from "./past-grid";
import classes from "./past-table.module.css";
import { RestoreMenu } from "./restore-menu";
import { tell } from "./words";

interface PastTableProps {
  /** The position to show; 0 for the present one. */
  readonly at: number;
  readonly onVisit: (position: number) => void;
}

export function PastTable({ at, onVisit }: PastTableProps) {
  const { http } = useEngine();
  const head = useQuery({ queryKey: ["head"], queryFn: ({ signal }) => headOf(http, signal), staleTime: 0 });
  const last = head.data ?? Math.max(at, 1);
  const [chosen, setChosen] = useState(at === 0 ? last : at);
  const [position] = useDebouncedValue(Math.min(chosen, last), 180);

  useEffect(() => {
    if (at === 0 && head.data !== undefined) setChosen(head.data);
    else if (at > 0) setChosen(at);
  }, [at, head.data]);
  useEffect(() => {
    if (head.data !== undefined && position !== at && position > 0) onVisit(position);
  }, [position, at, onVisit, head.data]);

  const moment = useQuery({
    queryKey: ["moment", position],
    queryFn: ({ signal }) =>
      http.ask<{ events: TableEvent[] }>("GET", "/api/events", {
        params: { after: position - 1, limit: 1 },
        signal,
      }),
    placeholderData: keepPreviousData,
    enabled: head.data !== undefined,
  });
  const changes = useQuery({
    queryKey: ["changes-since", position, last],
    queryFn: ({ signal }) => loadChangesSince(http, position, signal),
    placeholderData: keepPreviousData,
    enabled: head.data !== undefined,
  });
  const event = moment.data?.events[0];
  const [focused, setFocused] = useState<PastCell | null>(null);
  const [restoring, setRestoring] = useState<Restoring | null>(null);

  function restore(thing: string, part: { rows?: readonly number[]; columns?: readonly string[] } = {}) {
    const when = event === undefined ? `position ${position}` : new Date(event.at).toLocaleString();
    setRestoring({ goal: { position, ...part }, position, what: `${thing} of ${when}` });
  }

  return (
    <>
      <div className={classes.bar}>
        <Group gap="sm" wrap="nowrap">
          <IconHistory size={20} className={classes.icon} aria-hidden />
          <div className={classes.moment} aria-live="polite">
            <Text size="sm" fw={600}>
              {position >= last
                ? "The table as it is now"
                : `The table on ${event ? new Date(event.at).toLocaleString() : "…"}`}
            </Text>
            <Text size="xs" c="dimmed" truncate>
              {event === undefined ? "…" : `Right after ${event.actor} ${tell(event).did}`} · read-only
            </Text>
          </div>
          <RestoreMenu focused={focused} disabled={position >= last} onRestore={restore} />
          <Step
            label="One change back"
            onClick={() => setChosen(Math.max(1, chosen - 1))}
            Icon={IconPlayerTrackPrev}
          />
          <Step
            label="One change on"
            onClick={() => setChosen(Math.min(last, chosen + 1))}
            Icon={IconPlayerTrackNext}
          />
          <Step label="Back to now" onClick={() => setChosen(last)} Icon={IconPlayerSkipForward} />
        </Group>
        <Slider
          min={1}
          max={Math.max(2, last)}
          value={Math.min(chosen, last)}
          onChange={setChosen}
          label={(value) => `position ${value}`}
          thumbLabel="Moment"
          size="sm"
          className={classes.slider}
        />
        <Group gap="md" className={classes.legend}>
          <span data-kind="changed">{changes.data?.changed.size ?? 0} rows changed since</span>
          <span data-kind="deleted">{changes.data?.deleted.size ?? 0} deleted since</span>
          <span>{changes.data?.added ?? 0} added since (not there yet)</span>
          {changes.data?.partial && <span>Only the first 100,000 changes are coloured.</span>}
          {changes.isError && <span>{sentence(changes.error)}</span>}
        </Group>
      </div>
      <RestoreModal restoring={restoring} onClose={() => setRestoring(null)} />
      {head.data !== undefined && (
        <PastGrid position={position} changes={changes.data} onFocused={setFocused} />
      )}
    </>
  );
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
