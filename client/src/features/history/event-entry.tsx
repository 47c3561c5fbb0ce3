/** One entry of the history: an event, or all that were done together. */
import { Anchor, Checkbox, Text } from "@mantine/core";
import { useState } from "react";
import { dayAndTime, timeOfDay } from "@/lib/times";
import type { TableEvent } from "@/sync/events";
import { FromTo } from "@/ui/from-to";
import { PersonBadge } from "@/ui/person-badge";
import classes from "./event-list.module.css";
import { isUndoable } from "./undo-preview";
import { reasonOf, type ToldChange, tell, tellBatch } from "./words";

interface EntryProps {
  readonly events: readonly TableEvent[];
  readonly chosen: boolean;
  readonly choosable: boolean;
  readonly onChoose: (on: boolean) => void;
  readonly onUndo: () => void;
  readonly onVisit: (position: number) => void;
}

export function Entry({ events, chosen, choosable, onChoose, onUndo, onVisit }: EntryProps) {
  const [open, setOpen] = useState(false);
  const [latest] = events;
  if (latest === undefined) return null;
  const many = events.length > 1;
  const { did, changes } = tell(latest);
  return (
    <li className={classes.entry}>
      <Checkbox
        size="xs"
        mt={5}
        aria-label={`Select what ${latest.actor} did at position ${latest.position}`}
        checked={chosen}
        disabled={!choosable}
        onChange={(event) => onChoose(event.currentTarget.checked)}
      />
      <PersonBadge name={latest.actor} />
      <div className={classes.body}>
        <Text size="sm">
          <strong>{latest.actor}</strong> {many ? tellBatch(events) : did}
          {latest.reason !== undefined && (
            <span className={classes.reason}> · {reasonOf(latest.reason)}</span>
          )}
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
        <time dateTime={latest.at} title={dayAndTime(latest.at)}>
          {timeOfDay(latest.at)}
        </time>
        {isUndoable(events) && (
          <Anchor component="button" type="button" size="xs" onClick={onUndo}>
            Undo…<span className={classes.unseen}> what happened at position {latest.position}</span>
          </Anchor>
        )}
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
            <FromTo from={from} to={to} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
