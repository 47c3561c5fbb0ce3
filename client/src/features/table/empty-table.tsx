/** What stands where rows would: nothing matches, or there is none yet. */
import { Button, Text } from "@mantine/core";
import { IconPlus, IconTable } from "@tabler/icons-react";
import classes from "./empty-table.module.css";

interface EmptyTableProps {
  readonly filtered: boolean;
  readonly onShowAll: () => void;
  readonly onAdd: () => void;
}

export function EmptyTable({ filtered, onShowAll, onAdd }: EmptyTableProps) {
  return (
    <div className={classes.empty}>
      <IconTable size={34} stroke={1.3} aria-hidden className={classes.icon} />
      <Text fw={600}>{filtered ? "No row matches" : "The table has no rows yet"}</Text>
      {filtered ? (
        <Button size="xs" variant="light" onClick={onShowAll}>
          Show all rows
        </Button>
      ) : (
        <Button size="xs" variant="light" leftSection={<IconPlus size={15} />} onClick={onAdd}>
          Add the first one
        </Button>
      )}
    </div>
  );
}
