/** Which columns are shown, which stay in sight while one scrolls, and whether secrets may be read. */
import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Text } from "@mantine/core";
import {
  IconColumns3,
  IconEye,
  IconEyeOff,
  IconPencil,
  IconPin,
  IconPinFilled,
  IconPlus,
  IconRestore,
} from "@tabler/icons-react";
import type { GridApi } from "ag-grid-community";
import { useState } from "react";
import { isSecret } from "@/lib/column-kinds";
import type { Row } from "@/sync/rows";
import type { ColumnNaming } from "./column-name-modal";
import type { GridContext } from "./grid-context";
import classes from "./table-toolbar.module.css";
import type { LayoutTools } from "./use-column-layout";

interface ColumnsMenuProps {
  readonly api: GridApi<Row> | null;
  readonly columns: readonly string[];
  readonly context: GridContext;
  readonly layout: LayoutTools;
  readonly onName: (naming: ColumnNaming) => void;
}

export function ColumnsMenu({ api, columns, context, layout, onName }: ColumnsMenuProps) {
  const [, look] = useState(0);
  const changed = () => look((count) => count + 1);

  function reveal(column: string) {
    if (!context.revealed.delete(column)) context.revealed.add(column);
    api?.refreshCells({ columns: [column], force: true });
    changed();
  }

  return (
    <Popover position="bottom-end" width={280} trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant="default"
          className={classes.columns}
          leftSection={<IconColumns3 size={16} aria-hidden />}
          aria-label="Columns"
        >
          <span className={classes.word}>Columns</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p="xs" aria-labelledby={undefined} aria-label="Columns">
        <Text size="xs" c="dimmed" fw={600} px={4} pb={6}>
          Columns
        </Text>
        <ScrollArea.Autosize mah={360}>
          {columns.map((column) => {
            const shown = api?.getColumn(column)?.isVisible() ?? true;
            const pinned = api?.getColumn(column)?.isPinned() ?? false;
            const revealed = context.revealed.has(column);
            return (
              <Group key={column} justify="space-between" wrap="nowrap" px={4} py={3}>
                <Checkbox
                  size="xs"
                  label={column}
                  checked={shown}
                  onChange={() => {
                    if (api !== null) layout.hide(api, column, shown);
                    changed();
                  }}
                />
                <Group gap={2} wrap="nowrap">
                  {isSecret(column) && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      aria-label={revealed ? `Hide the texts of ${column}` : `Show the texts of ${column}`}
                      onClick={() => reveal(column)}
                    >
                      {revealed ? <IconEyeOff size={15} /> : <IconEye size={15} />}
                    </ActionIcon>
                  )}
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    aria-label={`Rename ${column}`}
                    onClick={() => onName({ kind: "rename", column })}
                  >
                    <IconPencil size={15} />
                  </ActionIcon>
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    size="sm"
                    aria-label={pinned ? `Unpin ${column}` : `Keep ${column} in sight`}
                    onClick={() => {
                      if (api !== null) layout.pin(api, column, !pinned);
                      changed();
                    }}
                  >
                    {pinned ? <IconPinFilled size={15} /> : <IconPin size={15} />}
                  </ActionIcon>
                </Group>
              </Group>
            );
          })}
        </ScrollArea.Autosize>
        <Button
          size="xs"
          variant="subtle"
          fullWidth
          mt={6}
          leftSection={<IconPlus size={15} />}
          onClick={() => onName({ kind: "add" })}
        >
          Add a column
        </Button>
        {!layout.isPlain() && (
          <Button
            size="xs"
            variant="subtle"
            color="gray"
            fullWidth
            leftSection={<IconRestore size={15} />}
            onClick={layout.reset}
          >
            Lay out as at first
          </Button>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}
