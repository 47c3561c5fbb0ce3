/** Shows what an undo would do, and what stands in its way, before it is done. */
import { Alert, Button, Center, Group, Loader, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { TableEvent } from "@/sync/events";
import { type Selection, undoEvents, wouldUndo } from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { DiffView } from "@/ui/diff-view";
import { useEngine } from "@/ui/engine-context";
import { say } from "@/ui/say";
import { ConflictList, changes, undoDeed } from "@/ui/undo";
import { oppositeOf } from "./undo-preview";

export interface Undoing {
  readonly selection: Selection;
  /** Those of the events that are at hand. */
  readonly events: readonly TableEvent[];
}

interface UndoModalProps {
  readonly undoing: Undoing | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function UndoModal({ undoing, onDone, onClose }: UndoModalProps) {
  return (
    <Modal
      opened={undoing !== null}
      onClose={onClose}
      size="lg"
      centered
      title="Undo this?"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {undoing !== null && <Preview undoing={undoing} onDone={onDone} onClose={onClose} />}
    </Modal>
  );
}

function Preview({ undoing, onDone, onClose }: UndoModalProps & { undoing: Undoing }) {
  const engine = useEngine();
  const [busy, setBusy] = useState(false);
  const { selection, events } = undoing;
  const { data, isPending, error } = useQuery({
    queryKey: ["undo-preview", selection],
    queryFn: ({ signal }) => wouldUndo(engine.http, selection, signal),
    staleTime: 0,
    gcTime: 0,
  });

  async function go() {
    setBusy(true);
    try {
      const answer = await undoEvents(engine.http, selection, data?.conflicts.length ? "skip" : "refuse");
      if (answer.undone.length > 0) engine.undos.did(answer.position);
      say({
        text: `${changes(answer.undone.length)} undone.`,
        tone: "good",
        action: { label: "Undo that", run: () => undoDeed(engine, answer.position) },
      });
      onDone();
      onClose();
    } catch (caught) {
      say({ text: sentence(caught), tone: "bad" });
      setBusy(false);
    }
  }

  return (
    <Stack gap="sm">
      {isPending && (
        <Center mih={100}>
          <Loader type="dots" aria-label="Looking what it would do" />
        </Center>
      )}
      {error !== null && (
        <Alert variant="light" color="red" role="alert">
          {sentence(error)}
        </Alert>
      )}
      {data !== undefined && data.conflicts.length > 0 && (
        <Alert variant="light" color="yellow" title="This part cannot be undone">
          <ConflictList conflicts={data.conflicts} />
        </Alert>
      )}
      {data !== undefined && data.undone.length > 0 && (
        <>
          <Text size="sm">
            {data.conflicts.length > 0 ? "The rest would be undone:" : "This would happen:"}
          </Text>
          <DiffView diff={oppositeOf(events, data.undone)} />
        </>
      )}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={busy}
          disabled={data === undefined || data.undone.length === 0}
          onClick={() => void go()}
        >
          {data !== undefined && data.conflicts.length > 0 ? "Undo the rest" : "Undo"}
        </Button>
      </Group>
    </Stack>
  );
}
