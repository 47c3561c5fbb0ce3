/** The life of one row, or of one cell of it, beside the table. */
import { Drawer, SegmentedControl, Stack } from "@mantine/core";
import { useMemo, useState } from "react";
import { EventList } from "./event-list";
import { useEvents } from "./use-events";

/** What the history is told of: a row, to begin with only one cell of it. */
export interface ToldOf {
  readonly index: number;
  readonly column: string | undefined;
}

interface RowHistoryDrawerProps {
  readonly of: ToldOf | null;
  readonly onClose: () => void;
  readonly onVisit: (position: number) => void;
}

export function RowHistoryDrawer({ of, onClose, onVisit }: RowHistoryDrawerProps) {
  return (
    <Drawer
      opened={of !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={`History of row ${of?.index ?? ""}`}
      closeButtonProps={{ "aria-label": "Close the history" }}
    >
      {of !== null && <RowHistory of={of} onVisit={onVisit} />}
    </Drawer>
  );
}

function RowHistory({ of, onVisit }: { of: ToldOf; onVisit: (position: number) => void }) {
  const { index } = of;
  const [column, setColumn] = useState(of.column);
  const filter = useMemo(
    () => ({ index, leases: false, ...(column === undefined ? {} : { column }) }),
    [index, column],
  );
  const list = useEvents(filter);
  return (
    <Stack gap="xs">
      {of.column !== undefined && (
        <SegmentedControl
          size="xs"
          aria-label="What the history is told of"
          value={column === undefined ? "row" : "cell"}
          onChange={(chosen) => setColumn(chosen === "cell" ? of.column : undefined)}
          data={[
            { value: "cell", label: `Cell ${of.column}` },
            { value: "row", label: "Whole row" },
          ]}
        />
      )}
      <EventList
        list={list}
        nothing={
          column === undefined ? "Nothing has happened here yet." : "Nobody has changed this cell yet."
        }
        onVisit={onVisit}
      />
    </Stack>
  );
}
