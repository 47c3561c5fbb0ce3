/** Events as people tell them: who did what, when, with the old and the new. */
import { Button, Center, Group, Loader, Stack, Text } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import { day } from "@/lib/times";
import type { TableEvent } from "@/sync/events";
import type { Selection } from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { Entry } from "./event-entry";
import classes from "./event-list.module.css";
import { UndoModal } from "./undo-modal";
import { isUndoable, type Undoing } from "./undo-preview";
import type { useEvents } from "./use-events";

interface EventListProps {
  readonly list: ReturnType<typeof useEvents>;
  /** What is said where there is none. */
  readonly nothing?: string;
  /** Shows the table as it was right after an event. */
  readonly onVisit: (position: number) => void;
}

export function EventList({ list, nothing = "Nothing has happened here yet.", onVisit }: EventListProps) {
  const groups = useMemo(() => grouped(list.events), [list.events]);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [undoing, setUndoing] = useState<Undoing | null>(null);
  const picked = groups.filter(([first]) => first !== undefined && chosen.has(first.position)).flat();

  function choose(position: number, on: boolean) {
    setChosen(
      (before) => new Set(on ? [...before, position] : [...before].filter((each) => each !== position)),
    );
  }
  if (list.loading) {
    return (
      <Center mih={160}>
        <Loader type="dots" aria-label="Loading the history" />
      </Center>
    );
  }
  if (list.error !== null && groups.length === 0) return <Quiet role="alert">{sentence(list.error)}</Quiet>;
  return (
    <Stack gap={0}>
      {picked.length > 0 && (
        <Group className={classes.picked} justify="space-between" role="status">
          <Text size="sm">
            {chosen.size} {chosen.size === 1 ? "entry" : "entries"} selected
          </Text>
          <Group gap="xs">
            <Button size="compact-sm" variant="subtle" color="gray" onClick={() => setChosen(new Set())}>
              Clear
            </Button>
            <Button
              size="compact-sm"
              onClick={() =>
                setUndoing({ selection: { positions: picked.map((each) => each.position) }, events: picked })
              }
            >
              Undo the selected…
            </Button>
          </Group>
        </Group>
      )}
      {groups.length === 0 && <Quiet>{nothing}</Quiet>}
      <ol className={classes.list}>
        {groups.map((events, at) => {
          const [first] = events;
          if (first === undefined) return null;
          const before = groups[at - 1]?.[0];
          const newDay = before === undefined || day(before.at) !== day(first.at);
          return (
            <Fragment key={first.position}>
              {newDay && <li className={classes.day}>{day(first.at)}</li>}
              <Entry
                events={events}
                chosen={chosen.has(first.position)}
                // Of the last one there may be more than is loaded.
                choosable={isUndoable(events) && !(list.more && at === groups.length - 1)}
                onChoose={(on) => choose(first.position, on)}
                onUndo={() => setUndoing({ selection: selectionOf(first), events })}
                onVisit={onVisit}
              />
            </Fragment>
          );
        })}
      </ol>
      {list.more && (
        <Center py="md">
          <Button variant="default" size="xs" loading={list.loadingMore} onClick={list.loadMore}>
            Show older changes
          </Button>
        </Center>
      )}
      <UndoModal undoing={undoing} onDone={() => setChosen(new Set())} onClose={() => setUndoing(null)} />
    </Stack>
  );
}

/** What stands where a list would. */
function Quiet({ role, children }: { role?: string; children: string }) {
  return (
    <Text role={role} size="sm" c="dimmed" ta="center" py={48}>
      {children}
    </Text>
  );
}

function selectionOf({ position, batch }: TableEvent): Selection {
  return batch === undefined ? { positions: [position] } : { batch };
}

/** Events of one batch stand together; they have neighbouring positions. */
function grouped(events: readonly TableEvent[]): TableEvent[][] {
  const groups: TableEvent[][] = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (event.batch !== undefined && last?.[0]?.batch === event.batch) last.push(event);
    else groups.push([event]);
  }
  return groups;
}
