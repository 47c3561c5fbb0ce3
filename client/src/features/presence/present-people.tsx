/** Who else is here, each in their own colour, and the row they are at. */
import { Text, Tooltip } from "@mantine/core";
import type { Present } from "@/sync/engine";
import { useEngine, useSync } from "@/ui/engine-context";
import { PersonBadge } from "@/ui/person-badge";
import classes from "./present-people.module.css";

const SHOWN = 4;

export function PresentPeople() {
  const { username } = useEngine();
  const present = useSync((state) => state.present);
  const others = byPerson(present).filter(([name]) => name !== username);
  if (others.length === 0) return null;
  const hidden = others.slice(SHOWN);
  return (
    <ul className={classes.people} aria-label="People here">
      {others.slice(0, SHOWN).map(([name, rows]) => (
        <li key={name}>
          <PersonBadge
            name={name}
            label={rows.length === 0 ? `${name} is here` : `${name} is at row ${rows.join(", ")}`}
          />
        </li>
      ))}
      {hidden.length > 0 && (
        <li>
          <Tooltip label={hidden.map(([name]) => name).join(", ")}>
            <Text span size="xs" c="dimmed" fw={600}>
              +{hidden.length}
            </Text>
          </Tooltip>
        </li>
      )}
    </ul>
  );
}

/** One person may have several windows open. */
function byPerson(present: readonly Present[]): [string, number[]][] {
  const rows = new Map<string, number[]>();
  for (const { username, index } of present) {
    const known = rows.get(username) ?? [];
    rows.set(username, index === undefined ? known : [...known, index]);
  }
  return [...rows];
}
