/** Asks what a column is to be called: a new one, or one that is there. */
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { sentence } from "@/sync/sentences";
import { useEngine } from "@/ui/engine-context";
import { addColumn, renameColumn } from "./column-work";

export type ColumnNaming =
  | { readonly kind: "add"; readonly place?: number }
  | { readonly kind: "rename"; readonly column: string };

interface ColumnNameModalProps {
  readonly naming: ColumnNaming | null;
  readonly onClose: () => void;
}

export function ColumnNameModal({ naming, onClose }: ColumnNameModalProps) {
  return (
    <Modal
      opened={naming !== null}
      onClose={onClose}
      size="sm"
      centered
      title={naming?.kind === "rename" ? `Rename “${naming.column}”` : "Add a column"}
    >
      {naming !== null && <NameForm naming={naming} onClose={onClose} />}
    </Modal>
  );
}

function NameForm({ naming, onClose }: { naming: ColumnNaming; onClose: () => void }) {
  const engine = useEngine();
  const before = naming.kind === "rename" ? naming.column : "";
  const [name, setName] = useState(before);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (name === before) return onClose();
    setBusy(true);
    try {
      if (naming.kind === "rename") await renameColumn(engine, naming.column, name);
      else await addColumn(engine, name, naming.place);
      onClose();
    } catch (caught) {
      setError(sentence(caught));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          data-autofocus
          value={name}
          error={error}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setError(null);
          }}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={busy} disabled={name.trim() === ""}>
            {naming.kind === "rename" ? "Rename" : "Add"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
