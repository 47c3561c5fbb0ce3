/** Every shortcut on one card, opened by `?`. */
import { Kbd, Modal, Table, Text } from "@mantine/core";
import { useEffect } from "react";
import { isTyping } from "@/lib/keys";

const SHORTCUTS: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: "Editing",
    keys: [
      ["Any letter", "Start typing into the cell"],
      ["F2 · Enter", "Edit what is in the cell"],
      ["Enter", "Save and go down"],
      ["Tab", "Save and go right"],
      ["Alt+Enter", "A new line inside the cell"],
      ["Escape", "Leave without saving"],
      ["Delete", "Empty the selected cells"],
    ],
  },
  {
    title: "Moving and selecting",
    keys: [
      ["Arrows", "Move"],
      ["Shift+arrows", "Select several cells"],
      ["Ctrl+A", "Select everything"],
      ["Ctrl+C · Ctrl+V", "Copy and paste, also to and from Excel"],
      ["Ctrl+Home · Ctrl+End", "First and last row"],
      ["Ctrl+F", "Search the table"],
    ],
  },
  {
    title: "Anywhere",
    keys: [
      ["Ctrl+Z · Ctrl+Y", "Undo and redo what you did in this window, also after a reload"],
      ["Ctrl+G", "Go to a row by its number"],
      ["Ctrl+K", "Find a command, or type the number of a row"],
      ["?", "This card (outside the table)"],
    ],
  },
];

interface ShortcutsModalProps {
  readonly opened: boolean;
  readonly onOpen: () => void;
  readonly onClose: () => void;
}

export function ShortcutsModal({ opened, onOpen, onClose }: ShortcutsModalProps) {
  useEffect(() => {
    // In the table and in a field a question mark is text.
    const listen = (event: KeyboardEvent) => {
      const inTable = event.target instanceof Element && event.target.closest('[role="grid"]') !== null;
      if (event.key === "?" && !inTable && !isTyping(event.target)) onOpen();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [onOpen]);
  return (
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" size="md" centered>
      {SHORTCUTS.map(({ title, keys }) => (
        <section key={title}>
          <Text component="h2" size="xs" fw={700} tt="uppercase" c="dimmed" mt="sm" mb={2}>
            {title}
          </Text>
          <Table verticalSpacing={5} withRowBorders={false}>
            <Table.Tbody>
              {keys.map(([key, does]) => (
                <Table.Tr key={key}>
                  <Table.Td w={170} pl={0}>
                    <Kbd>{key}</Kbd>
                  </Table.Td>
                  <Table.Td>{does}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      ))}
    </Modal>
  );
}
