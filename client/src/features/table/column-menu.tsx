/** What can be done with the column under the mouse. */
import { Menu } from "@mantine/core";
import { IconColumnInsertLeft, IconColumnInsertRight, IconPencil, IconTrash } from "@tabler/icons-react";
import { useEngine } from "@/ui/engine-context";
import { PointerAnchor } from "@/ui/pointer-anchor";
import type { ColumnNaming } from "./column-name-modal";
import { deleteColumn } from "./column-work";

export interface ColumnMenuPlace {
  readonly x: number;
  readonly y: number;
  readonly column: string;
}

interface ColumnMenuProps {
  readonly place: ColumnMenuPlace | null;
  readonly onClose: () => void;
  readonly onName: (naming: ColumnNaming) => void;
}

export function ColumnMenu({ place, onClose, onName }: ColumnMenuProps) {
  const engine = useEngine();
  if (place === null) return null;
  const { column } = place;
  const at = engine.view.columns.indexOf(column);
  return (
    <Menu opened onClose={onClose} position="bottom-start" width={220} returnFocus>
      <Menu.Target>
        <PointerAnchor x={place.x} y={place.y} aria-label={`Menu of column ${column}`} />
      </Menu.Target>
      <Menu.Dropdown aria-label={`Column ${column}`}>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onName({ kind: "rename", column })}>
          Rename “{column}”
        </Menu.Item>
        <Menu.Item
          leftSection={<IconColumnInsertLeft size={16} />}
          onClick={() => onName({ kind: "add", place: at })}
        >
          Add a column before
        </Menu.Item>
        <Menu.Item
          leftSection={<IconColumnInsertRight size={16} />}
          onClick={() => onName({ kind: "add", place: at + 1 })}
        >
          Add a column after
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          color="var(--mantine-color-error)"
          leftSection={<IconTrash size={16} />}
          onClick={() => void deleteColumn(engine, column)}
        >
          Delete “{column}”
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
