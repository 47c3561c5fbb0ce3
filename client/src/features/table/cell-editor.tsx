/** Types into a cell: one line in place, or a larger box over the table for a long text. */
import { Kbd } from "@mantine/core";
import type { CustomCellEditorProps } from "ag-grid-react";
import { useLayoutEffect, useRef, useState } from "react";
import type { Row } from "@/sync/rows";
import classes from "./cell-editor.module.css";

const LONG = 80;

export function isLongText(text: string | null | undefined): boolean {
  return text != null && (text.length > LONG || /[\r\n]/.test(text));
}

export function CellEditor({
  initialValue,
  onValueChange,
  eventKey,
  column,
}: CustomCellEditorProps<Row, string>) {
  const box = useRef<HTMLTextAreaElement>(null);
  const long = isLongText(initialValue);
  const name = `${column.getColDef().headerName ?? column.getColId()}, editing`;
  const [opening] = useState(() => openingText(eventKey, initialValue ?? ""));
  // Kept here and only told to the grid: keys come faster than the grid hands values back.
  const [text, setText] = useState(opening.text);

  function change(next: string) {
    setText(next);
    onValueChange(next);
  }

  // Before the next key arrives, or it would go to the cell.
  useLayoutEffect(() => {
    const area = box.current;
    // The grid makes the box over the table a dialog, but gives it no name.
    area?.closest('[role="dialog"]')?.setAttribute("aria-label", name);
    area?.focus();
    if (opening.typed) {
      onValueChange(opening.text);
      area?.setSelectionRange(opening.text.length, opening.text.length);
    } else area?.select();
  }, [opening, onValueChange, name]);

  const field = (
    <textarea
      ref={box}
      className={classes.editor}
      data-long={long || undefined}
      aria-label={name}
      value={text}
      rows={long ? 6 : 1}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => change(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !event.altKey) return;
        event.preventDefault();
        event.stopPropagation();
        const area = event.currentTarget;
        const { selectionStart, selectionEnd } = area;
        change(`${area.value.slice(0, selectionStart)}\n${area.value.slice(selectionEnd)}`);
      }}
    />
  );
  if (!long) return field;
  return (
    <div className={classes.box}>
      {field}
      <p className={classes.hint}>
        <Kbd size="xs">Enter</Kbd> saves · <Kbd size="xs">Alt+Enter</Kbd> new line · <Kbd size="xs">Esc</Kbd>{" "}
        leaves
      </p>
    </div>
  );
}

/** A key that opens the editor is its first letter; the others open it on what is there. */
function openingText(key: string | null | undefined, text: string): { text: string; typed: boolean } {
  return key?.length === 1 ? { text: key, typed: true } : { text, typed: false };
}
