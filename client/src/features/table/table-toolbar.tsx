/** The tools over the table: search, add, go to a row, columns. */
import { ActionIcon, Button, NumberInput, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPlus, IconRefresh, IconSearch, IconX } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useEffect, useState } from "react";
import classes from "./table-toolbar.module.css";

interface TableToolbarProps {
  readonly total: number;
  readonly filtered: boolean;
  readonly drift: number;
  /** What is searched for. */
  readonly text: string;
  readonly searchRef: RefObject<HTMLInputElement | null>;
  readonly rowRef: RefObject<HTMLInputElement | null>;
  readonly onType: (text: string) => void;
  /** The text has rested for a moment. */
  readonly onSearch: (text: string) => void;
  readonly onResort: () => void;
  readonly onShowAll: () => void;
  readonly onAddRow: () => void;
  readonly onGoTo: (index: number) => void;
  /** More tools, at the end. */
  readonly children?: ReactNode;
}

const PAUSE_MS = 250;

export function TableToolbar(props: TableToolbarProps) {
  const { total, filtered, drift, text, searchRef, rowRef, onType, onSearch, onResort, onShowAll } = props;
  const { onAddRow, onGoTo } = props;
  const [row, setRow] = useState<string | number>("");

  useEffect(() => {
    const timer = setTimeout(() => onSearch(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, onSearch]);

  return (
    <div className={classes.bar} role="toolbar" aria-label="Table tools">
      <TextInput
        ref={searchRef}
        className={classes.search}
        size="xs"
        aria-label="Search all cells"
        placeholder="Search all cells"
        leftSection={<IconSearch size={15} aria-hidden />}
        rightSection={
          text !== "" && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label="Clear the search"
              onClick={() => onType("")}
            >
              <IconX size={14} />
            </ActionIcon>
          )
        }
        value={text}
        onChange={(event) => onType(event.currentTarget.value)}
      />
      <Button
        size="xs"
        variant="light"
        className={classes.add}
        leftSection={<IconPlus size={15} />}
        onClick={onAddRow}
      >
        Add row
      </Button>
      <Text size="xs" c="dimmed" className={classes.count} aria-live="polite">
        {total.toLocaleString("en")} {total === 1 ? "row" : "rows"}
        {filtered ? " found" : ""}
      </Text>
      {filtered && (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onShowAll}>
          Show all
        </Button>
      )}
      {drift > 0 && (
        <Tooltip label="Others changed rows. They stay where they are until you want them in order again.">
          <Button
            size="compact-xs"
            variant="light"
            color="yellow"
            leftSection={<IconRefresh size={13} />}
            onClick={onResort}
          >
            {drift} {drift === 1 ? "change" : "changes"}: sort again
          </Button>
        </Tooltip>
      )}
      <span className={classes.spring} />
      <form
        className={classes.goto}
        onSubmit={(event) => {
          event.preventDefault();
          if (row !== "") onGoTo(Number(row));
        }}
      >
        <NumberInput
          ref={rowRef}
          size="xs"
          w={112}
          min={0}
          allowDecimal={false}
          hideControls
          aria-label="Go to row number"
          placeholder="Go to row…"
          value={row}
          onChange={setRow}
        />
      </form>
      {props.children}
    </div>
  );
}
