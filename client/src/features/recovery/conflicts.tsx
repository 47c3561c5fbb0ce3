/** Edits of the file from outside that were set aside: both sides, and the choice between them. */
import { Button, Group, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { readable } from "@/lib/column-kinds";
import { dayAndTime } from "@/lib/times";
import { reasonSentence } from "@/sync/conflict-words";
import { sentence } from "@/sync/sentences";
import type { ClashShape, ConflictShape } from "@/sync/shapes";
import { useEngine } from "@/ui/engine-context";
import { say } from "@/ui/say";
import { undoDeed } from "@/ui/undo";
import classes from "./recovery-page.module.css";

const SHOWN = 50;

export function Conflicts() {
  const engine = useEngine();
  const { http } = engine;
  const conflicts = useQuery({
    queryKey: ["conflicts"],
    queryFn: ({ signal }) => http.ask<ConflictShape[]>("GET", "/api/conflicts", { signal }),
    staleTime: 0,
  });
  const { refetch } = conflicts;
  useEffect(() => engine.fileConflicts.on(() => void refetch()), [engine, refetch]);
  if (conflicts.isError)
    return (
      <Text role="alert" size="sm" c="dimmed" mb="md">
        Whether the file has conflicts cannot be seen now. {sentence(conflicts.error)}
      </Text>
    );
  if (conflicts.data === undefined || conflicts.data.length === 0) return null;

  async function decide({ id }: ConflictShape, accept: boolean) {
    try {
      const path = `/api/conflicts/${encodeURIComponent(id)}/${accept ? "accept" : "dismiss"}`;
      const answer = await http.ask<{ position: number } | undefined>("POST", path);
      if (answer === undefined) say({ text: "The table stays as it is. The saved file is kept." });
      else {
        const { position } = answer;
        engine.undos.did(position);
        say({
          text: "The values from the file are in the table now.",
          tone: "good",
          action: { label: "Undo that", run: () => undoDeed(engine, position) },
        });
      }
    } catch (error) {
      say({ text: sentence(error), tone: "bad" });
    }
    await refetch();
  }

  return (
    <section className={classes.conflicts} aria-label="Conflicts with the file">
      {conflicts.data.map((conflict) => (
        <ConflictCard key={conflict.id} conflict={conflict} onDecide={(accept) => decide(conflict, accept)} />
      ))}
    </section>
  );
}

interface ConflictCardProps {
  readonly conflict: ConflictShape;
  readonly onDecide: (accept: boolean) => Promise<void>;
}

export function ConflictCard({ conflict, onDecide }: ConflictCardProps) {
  const [busy, setBusy] = useState<"accept" | "dismiss" | null>(null);
  const { at, reason, detail, rows, changes } = conflict;

  function decide(accept: boolean) {
    setBusy(accept ? "accept" : "dismiss");
    void onDecide(accept).finally(() => setBusy(null));
  }

  return (
    <article className={classes.conflict}>
      <Title order={2} size="h5">
        {reasonSentence(reason)}
      </Title>
      <Text size="xs" c="dimmed">
        {dayAndTime(at)} · {detail}
      </Text>
      {rows.length > 0 && <Clashes rows={rows} />}
      {rows.length === 0 && changes !== null && (
        <Text size="sm" mt="xs">
          The saved file would make these changes:{" "}
          {Object.entries(changes)
            .map(([kind, count]) => `${count.toLocaleString("en")} ${kind}`)
            .join(", ")}
          .
        </Text>
      )}
      <Group gap="xs" mt="sm">
        <Button size="xs" loading={busy === "accept"} disabled={busy !== null} onClick={() => decide(true)}>
          Take the file's values
        </Button>
        <Button
          size="xs"
          variant="default"
          loading={busy === "dismiss"}
          disabled={busy !== null}
          onClick={() => decide(false)}
        >
          Keep the table's
        </Button>
      </Group>
    </article>
  );
}

function Clashes({ rows }: { rows: readonly ClashShape[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className={classes.clashes} tabIndex={0} aria-label="Both sides">
      <Table verticalSpacing={5}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Where</Table.Th>
            <Table.Th>In the table</Table.Th>
            <Table.Th>In the saved file</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, SHOWN).map(({ index, column, ours, theirs }) => (
            <Table.Tr key={`${index} ${column}`}>
              <Table.Th scope="row" fw={550}>
                Row {index}
                {column != null && `, ${column}`}
              </Table.Th>
              <Table.Td>{sideOf(ours, column)}</Table.Td>
              <Table.Td>{sideOf(theirs, column)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > SHOWN && (
        <Text size="xs" c="dimmed">
          … and {(rows.length - SHOWN).toLocaleString("en")} more
        </Text>
      )}
    </section>
  );
}

function sideOf(side: ClashShape["ours"], column: string | null | undefined): string {
  if (side === null) return "(no such row)";
  if (typeof side === "string") return side === "" ? "(empty)" : readable(column ?? "", side);
  return Object.entries(side)
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `${name}: ${readable(name, text)}`)
    .join(", ");
}
