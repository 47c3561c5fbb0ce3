/** What can be done with the cell under the mouse, and with its row. */
import { Menu } from "@mantine/core";
import {
  IconClipboard,
  IconCopy,
  IconHistory,
  IconHistoryToggle,
  IconRowInsertBottom,
  IconRowInsertTop,
  IconTrash,
} from "@tabler/icons-react";
import { PointerAnchor } from "@/ui/pointer-anchor";

export interface RowMenuPlace {
  readonly x: number;
  readonly y: number;
  readonly index: number;
  /** The column of the cell, if it is one of the table's. */
  readonly column: string | undefined;
}

interface RowMenuProps {
  readonly place: RowMenuPlace | null;
  /** How many rows are selected. */
  readonly rows: number;
  readonly onClose: () => void;
  readonly onCopy: () => void;
  readonly onPaste: () => void;
  readonly onAdd: (where: { after?: number; before?: number }) => void;
  readonly onDelete: () => void;
  readonly onHistory: ((index: number, column?: string) => void) | undefined;
}

export function RowMenu({ place, rows, onClose, onCopy, onPaste, onAdd, onDelete, onHistory }: RowMenuProps) {
  if (place === null) return null;
  const { index, column } = place;
  return (
    <Menu opened onClose={onClose} position="bottom-start" width={220} returnFocus>
      <Menu.Target>
        <PointerAnchor x={place.x} y={place.y} aria-label={`Menu of row ${index}`} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`Row ${index}`}>
        <Menu.Item leftSection={<IconCopy size={16} />} onClick={onCopy}>
          Copy
        </Menu.Item>
        <Menu.Item leftSection={<IconClipboard size={16} />} onClick={onPaste}>
          Paste
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconRowInsertTop size={16} />} onClick={() => onAdd({ before: index })}>
          Add a row above
        </Menu.Item>
        <Menu.Item leftSection={<IconRowInsertBottom size={16} />} onClick={() => onAdd({ after: index })}>
          Add a row below
        </Menu.Item>
        {onHistory !== undefined && (
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => onHistory(index)}>
            History of row {index}
          </Menu.Item>
        )}
        {onHistory !== undefined && column !== undefined && (
          <Menu.Item leftSection={<IconHistoryToggle size={16} />} onClick={() => onHistory(index, column)}>
            History of this cell
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item
          color="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} />}
          onClick={onDelete}
        >
          {rows > 1 ? `Delete ${rows.toLocaleString("en")} rows` : `Delete row ${index}`}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
