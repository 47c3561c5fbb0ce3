/** Events as people tell them: who did what, when, with the old and the new. */
import { Anchor, Button, Center, Loader, Stack, Text } from "@mantine/core";
import { Fragment, useMemo, useState } from "react";
import type { TableEvent } from "@/sync/events";
import { sentence } from "@/sync/sentences";
import { PersonBadge } from "@/ui/person-badge";
import classes from "./event-list.module.css";
import type { useEvents } from "./use-events";
import { type ToldChange, tell, tellBatch } from "./words";

interface EventListProps {
  readonly list: ReturnType<typeof useEvents>;
  /** Shows the table as it was right after an event. */
  readonly onVisit: (position: number) => void;
}

export function EventList({ list, onVisit }: EventListProps) {
  const groups = useMemo(() => grouped(list.events), [list.events]);
  if (list.loading) {
    return (
      <Center mih={160}>
        <Loader type="dots" aria-label="Loading the history" />
      </Center>
    );
  }
  if (list.error !== null && groups.length === 0) {
    return (
      <Text c="dimmed" role="alert">
        {sentence(list.error)}
      </Text>
    );
  }
  return (
    <Stack gap={0}>
      {groups.length === 0 && <Text c="dimmed">Nothing has happened here yet.</Text>}
      <ol className={classes.list}>
        {groups.map((events, at) => {
          const [first] = events;
          if (first === undefined) return null;
          const day = dayOf(first.at);
          const newDay = day !== dayOf(groups[at - 1]?.[0]?.at ?? "");
          return (
            <Fragment key={first.position}>
              {newDay && <li className={classes.day}>{day}</li>}
              <Entry events={events} onVisit={onVisit} />
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
    </Stack>
  );
}

function Entry({ events, onVisit }: { events: readonly TableEvent[]; onVisit: (position: number) => void }) {
  const [open, setOpen] = useState(false);
  const [latest] = events;
  if (latest === undefined) return null;
  const many = events.length > 1;
  const { did, changes } = tell(latest);
  return (
    <li className={classes.entry}>
      <PersonBadge name={latest.actor} />
      <div className={classes.body}>
        <Text size="sm">
          <strong>{latest.actor}</strong> {many ? tellBatch(events) : did}
          {latest.reason !== undefined && <span className={classes.reason}> · {latest.reason}</span>}
        </Text>
        {!many && <Changes changes={changes} />}
        {many && (
          <Anchor
            component="button"
            type="button"
            size="xs"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? "Show less" : "Show each"}
          </Anchor>
        )}
        {many && open && (
          <ul className={classes.each}>
            {events.slice(0, SHOWN).map((event) => (
              <li key={event.position}>
                <Text size="xs" c="dimmed">
                  {tell(event).did}
                </Text>
                <Changes changes={tell(event).changes} />
              </li>
            ))}
            {events.length > SHOWN && <li>… and {events.length - SHOWN} more</li>}
          </ul>
        )}
      </div>
      <div className={classes.side}>
        <time dateTime={latest.at} title={new Date(latest.at).toLocaleString()}>
          {timeOf(latest.at)}
        </time>
        <Anchor component="button" type="button" size="xs" onClick={() => onVisit(latest.position)}>
          Table then<span className={classes.unseen}> at position {latest.position}</span>
        </Anchor>
      </div>
    </li>
  );
}

const SHOWN = 50;

function Changes({ changes }: { changes: readonly ToldChange[] }) {
  if (changes.length === 0) return null;
  return (
    <dl className={classes.changes}>
      {changes.map(({ column, from, to }) => (
        <div key={column}>
          <dt>{column}</dt>
          <dd>
            {from !== null && from !== "" && <del>{from}</del>}
            {from !== null && from !== "" && to !== null && <span aria-hidden> → </span>}
            {to !== null && (to === "" ? <em>empty</em> : <ins>{to}</ins>)}
          </dd>
        </div>
      ))}
    </dl>
  );
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

function dayOf(at: string): string {
  return at === ""
    ? ""
    : new Date(at).toLocaleDateString([], {
        weekday: "long",
        day: "numeric",
        month: "long",
        year: "numeric",
      });
}

function timeOf(at: string): string {
  return new Date(at).toLocaleTimeString([], {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hour12: false,
  });
}
