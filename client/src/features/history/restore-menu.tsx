/** What of an earlier table is to be brought back: all of it, a row, a cell. */
import { Button, Menu } from "@mantine/core";
import { IconRestore } from "@tabler/icons-react";
import type { PastCell } from "./past-grid";

interface RestoreMenuProps {
  readonly focused: PastCell | null;
  readonly disabled: boolean;
  readonly onRestore: (
    thing: string,
    part?: { rows?: readonly number[]; columns?: readonly string[] },
  ) => void;
}

export function RestoreMenu({ focused, disabled, onRestore }: RestoreMenuProps) {
  const { index, column } = focused ?? {};
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <Button size="xs" variant="light" leftSection={<IconRestore size={15} />} disabled={disabled}>
          Restore
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onRestore("the whole table")}>The whole table…</Menu.Item>
        <Menu.Item
          disabled={index === undefined}
          onClick={() => index !== undefined && onRestore(`row ${index}`, { rows: [index] })}
        >
          {index === undefined ? "A row: click on it first" : `Row ${index}…`}
        </Menu.Item>
        {index !== undefined && column !== undefined && (
          <Menu.Item
            onClick={() => onRestore(`${column} in row ${index}`, { rows: [index], columns: [column] })}
          >
            Only “{column}” in row {index}…
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
