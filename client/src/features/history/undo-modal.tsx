/** Shows what an undo would do, and what stands in its way, before it is done. */
import { Alert, Button, Center, Group, Loader, Modal, Radio, Stack, Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Choice, undoEvents } from "@/sync/past";
import { sentence } from "@/sync/sentences";
import { DiffView } from "@/ui/diff-view";
import { useEngine } from "@/ui/engine-context";
import { say } from "@/ui/say";
import { ConflictList, changes, undoDeed } from "@/ui/undo";
import { hasDependants, previewUndo, type Undoing, type UndoPreview } from "./undo-preview";

interface UndoModalProps {
  readonly undoing: Undoing | null;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function UndoModal({ undoing, onDone, onClose }: UndoModalProps) {
  return (
    <Modal opened={undoing !== null} onClose={onClose} size="lg" centered title="Undo this?">
      {undoing !== null && <Preview undoing={undoing} onDone={onDone} onClose={onClose} />}
    </Modal>
  );
}

function Preview({ undoing, onDone, onClose }: UndoModalProps & { undoing: Undoing }) {
  const engine = useEngine();
  const [busy, setBusy] = useState(false);
  const [choice, setChoice] = useState<Choice>("skip");
  const alone = usePreview(undoing, "skip", true);
  const chosen = usePreview(undoing, choice, alone.data !== undefined);
  const { data, error } = choice === "skip" ? alone : chosen;
  const inTheWay = alone.data?.answer.conflicts ?? [];

  async function go() {
    setBusy(true);
    try {
      const asked = inTheWay.length === 0 ? "refuse" : choice;
      const answer = await undoEvents(engine.http, undoing.selection, asked);
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
      {data === undefined && error === null && (
        <Center mih={100}>
          <Loader type="dots" aria-label="Looking what it would do" />
        </Center>
      )}
      {error !== null && (
        <Alert variant="light" color="red" role="alert">
          {sentence(error)}
        </Alert>
      )}
      {inTheWay.length > 0 && (
        <Alert variant="light" color="yellow" title="Something stands in the way">
          <ConflictList conflicts={inTheWay} />
        </Alert>
      )}
      {hasDependants(inTheWay) && (
        <Radio.Group
          aria-label="What to do with it"
          value={choice}
          onChange={(value) => setChoice(value === "dependants" ? "dependants" : "skip")}
        >
          <Stack gap={6}>
            <Radio size="sm" value="skip" label="Leave that as it is and undo the rest" />
            <Radio size="sm" value="dependants" label="Undo the later changes as well" />
          </Stack>
        </Radio.Group>
      )}
      {data !== undefined && <Outcome preview={data} choice={choice} />}
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={busy}
          disabled={data === undefined || data.answer.undone.length === 0}
          onClick={() => void go()}
        >
          {labelOf(inTheWay.length > 0, choice)}
        </Button>
      </Group>
    </Stack>
  );
}

function usePreview(undoing: Undoing, choice: Choice, enabled: boolean) {
  const { http } = useEngine();
  return useQuery({
    queryKey: ["undo-preview", undoing.selection, choice],
    queryFn: ({ signal }) => previewUndo(http, undoing, choice, signal),
    placeholderData: keepPreviousData,
    staleTime: 0,
    gcTime: 0,
    enabled,
  });
}

function Outcome({ preview: { answer, diff, others }, choice }: { preview: UndoPreview; choice: Choice }) {
  if (answer.undone.length === 0) return <Text size="sm">So nothing would be undone.</Text>;
  return (
    <>
      {choice === "dependants" && answer.conflicts.length > 0 && (
        <>
          <Text size="sm">This stays as it is all the same:</Text>
          <ConflictList conflicts={answer.conflicts} />
        </>
      )}
      {others.size > 0 && <Text size="sm">{othersSaid(others)}</Text>}
      <Text size="sm">This would happen:</Text>
      <DiffView diff={diff} />
    </>
  );
}

function othersSaid(others: ReadonlyMap<string, number>): string {
  const count = [...others.values()].reduce((sum, each) => sum + each, 0);
  const later = count === 1 ? "1 later change" : `${count.toLocaleString("en")} later changes`;
  return `It takes back ${later} as well, by ${[...others.keys()].join(", ")}.`;
}

function labelOf(inTheWay: boolean, choice: Choice): string {
  if (!inTheWay) return "Undo";
  return choice === "skip" ? "Undo the rest" : "Undo all of it";
}
