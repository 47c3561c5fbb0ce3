/** The life of one row, beside the table. */
import { Drawer } from "@mantine/core";
import { useMemo } from "react";
import { EventList } from "./event-list";
import { useEvents } from "./use-events";

interface RowHistoryDrawerProps {
  readonly index: number | null;
  readonly onClose: () => void;
  readonly onVisit: (position: number) => void;
}

export function RowHistoryDrawer({ index, onClose, onVisit }: RowHistoryDrawerProps) {
  return (
    <Drawer
      opened={index !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={`History of row ${index ?? ""}`}
      closeButtonProps={{ "aria-label": "Close the history" }}
    >
      {index !== null && <RowHistory index={index} onVisit={onVisit} />}
    </Drawer>
  );
}

function RowHistory({ index, onVisit }: { index: number; onVisit: (position: number) => void }) {
  const filter = useMemo(() => ({ index, leases: false }), [index]);
  return <EventList list={useEvents(filter)} onVisit={onVisit} />;
}
