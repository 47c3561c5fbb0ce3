/** Shows what a restore would do before it is done; afterwards one click takes it back. */
import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useThrottledCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Engine } from "@/sync/engine";
import { isLease } from "@/sync/events";
import {
  type Counts,
  type Diff,
  diffBetween,
  type Goal,
  type Restored,
  restore,
  wouldRestore,
} from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { DiffView } from "./diff-view";
import { useEngine } from "./engine-context";
import { say } from "./say";
import { undoDeed } from "./undo";

const ROWS = 200;
/** So often the table is compared anew while others edit it: of a large one that takes the server half a second. */
const COMPARE_MS = 2_000;

export interface Restoring {
  readonly goal: Goal;
  /** The position whose table the goal is, to show the differences. */
  readonly position: number;
  /** What is brought back, as in “the table of 12:30”. */
  readonly what: string;
}

interface RestoreModalProps {
  readonly restoring: Restoring | null;
  readonly onClose: () => void;
}

export function RestoreModal({ restoring, onClose }: RestoreModalProps) {
  return (
    <Modal
      opened={restoring !== null}
      onClose={onClose}
      size="xl"
      centered
      title={`Restore ${restoring?.what ?? ""}?`}
    >
      {restoring !== null && <Preview restoring={restoring} onClose={onClose} />}
    </Modal>
  );
}

function Preview({ restoring, onClose }: { restoring: Restoring; onClose: () => void }) {
  const engine = useEngine();
  const [busy, setBusy] = useState(false);
  const preview = useQuery({
    queryKey: ["restore-preview", restoring],
    queryFn: ({ signal }) => previewOf(engine, restoring, signal),
    staleTime: 0,
    gcTime: 0,
  });
  const { data, refetch } = preview;
  const compare = useThrottledCallback(() => void refetch(), COMPARE_MS);
  useEffect(() => engine.events.on((event) => isLease(event) || compare()), [engine, compare]);

  async function go() {
    setBusy(true);
    try {
      const done = await restore(engine.http, restoring.goal);
      engine.undos.did(done.position);
      say({
        text: `Restored ${restoring.what}: ${countsOf(done)}.`,
        tone: "good",
        action: { label: "Undo that", run: () => undoDeed(engine, done.position) },
      });
      onClose();
    } catch (error) {
      say({ text: sentence(error), tone: "bad" });
      setBusy(false);
    }
  }

  return (
    <Stack gap="sm">
      {preview.isPending && (
        <Center mih={120}>
          <Loader type="dots" aria-label="Comparing" />
        </Center>
      )}
      {preview.isError && (
        <Alert variant="light" color="red" role="alert">
          {sentence(preview.error)}
        </Alert>
      )}
      {data !== undefined && (
        <>
          <Text size="sm">
            Compared with the table as it is now: <strong>{countsOf(data.counts)}</strong>. Everybody sees it
            at once; the history keeps what there is now, and one click brings it back.
          </Text>
          {tells(data) ? (
            <DiffView diff={data.diff} />
          ) : (
            <Text size="sm" c="dimmed">
              This backup is a file that was saved from outside: its rows cannot be listed here. Download it
              to look into it.
            </Text>
          )}
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button onClick={() => void go()} loading={busy} disabled={data === undefined}>
          Restore
        </Button>
      </Group>
    </Stack>
  );
}

async function previewOf({ http }: Engine, { goal, position }: Restoring, signal: AbortSignal) {
  const counts = await wouldRestore(http, goal, signal);
  const diff = await diffBetween(
    http,
    counts.position,
    position,
    goal.rows === undefined ? ROWS : 10_000,
    signal,
  );
  return { counts, diff: part(diff, goal) };
}

/** Whether the differences of the positions are those of the goal: a backup may hold other bytes. */
function tells({ counts, diff }: { counts: Counts; diff: Diff }): boolean {
  if (diff.more > 0) return true;
  return (["added", "changed", "deleted"] as const).every((kind) => diff[kind].length === counts[kind]);
}

/** Only what the goal brings back. */
function part(diff: Diff, { rows, columns }: Goal): Diff {
  if (rows === undefined) return diff;
  const mine = ({ index }: { index: number }) => rows.includes(index);
  const cells = <T,>(given: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(given).filter(([column]) => columns?.includes(column) ?? true));
  return {
    added: diff.added.filter(mine),
    deleted: diff.deleted.filter(mine),
    changed: diff.changed.filter(mine).map((row) => ({ ...row, cells: cells(row.cells) })),
    moved: [],
    columns: { added: [], deleted: [], renamed: {}, moved: [] },
    more: 0,
  };
}

export function countsOf({ added, changed, deleted, moved }: Omit<Restored, "position">): string {
  const parts = [
    said(changed, "changes", "change"),
    said(added, "comes", "come"),
    said(deleted, "goes", "go"),
    said(moved, "moves", "move"),
  ].filter((each) => each !== "");
  return parts.length === 0 ? "no row is different" : parts.join(", ");
}

function said(count: number, one: string, many: string): string {
  if (count === 0) return "";
  return count === 1 ? `1 row ${one}` : `${count.toLocaleString("en")} rows ${many}`;
}
