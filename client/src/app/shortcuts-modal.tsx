/** Every shortcut on one card, opened by `?`. */
import { Kbd, Modal, Text } from "@mantine/core";
import { useEffect } from "react";
import { isTyping } from "@/lib/keys";
import classes from "./shortcuts-modal.module.css";

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
    <Modal opened={opened} onClose={onClose} title="Keyboard shortcuts" size={900} centered>
      <div className={classes.groups}>
        {SHORTCUTS.map(({ title, keys }) => (
          <section key={title} className={classes.group}>
            <Text component="h3" size="xs" fw={650} c="dimmed" className={classes.title}>
              {title}
            </Text>
            <dl className={classes.keys}>
              {keys.map(([key, does]) => (
                <div key={key}>
                  <dt>
                    {key.split(" · ").map((each) => (
                      <Kbd key={each}>{each}</Kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
