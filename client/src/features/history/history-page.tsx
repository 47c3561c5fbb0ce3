/** The past: what happened, in words, and the whole table as it was at any moment. */
import { Group, NumberInput, SegmentedControl, Select, Switch, TextInput, Title } from "@mantine/core";
import { EventList } from "./event-list";
import classes from "./history-page.module.css";
import { PastTable } from "./past-table";
import { useEventFilter } from "./use-event-filter";
import { useEvents } from "./use-events";

const KINDS = [
  { value: "row_updated", label: "Changed rows" },
  { value: "row_added", label: "Added rows" },
  { value: "row_deleted", label: "Deleted rows" },
  { value: "row_moved", label: "Moved rows" },
  { value: "table_imported", label: "Imports" },
];

interface HistoryPageProps {
  /** The moment to visit; none for the list of changes. */
  readonly at: number | undefined;
  readonly onVisit: (position: number | undefined) => void;
}

export function HistoryPage({ at, onVisit }: HistoryPageProps) {
  return (
    <section
      className={classes.page}
      data-past={at !== undefined || undefined}
      aria-labelledby="history-title"
    >
      <Group justify="space-between" className={classes.head}>
        <Title order={1} size="h3" id="history-title">
          History
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="How to look at the past"
          value={at === undefined ? "changes" : "moment"}
          onChange={(value) => onVisit(value === "changes" ? undefined : 0)}
          data={[
            { value: "changes", label: "What happened" },
            { value: "moment", label: "Table at a moment" },
          ]}
        />
      </Group>
      {at === undefined ? <Happened onVisit={onVisit} /> : <PastTable at={at} onVisit={onVisit} />}
    </section>
  );
}

function Happened({ onVisit }: { onVisit: (position: number) => void }) {
  const { actor, setActor, row, setRow, kind, setKind, leases, setLeases, filter } = useEventFilter();
  const list = useEvents(filter);
  const narrowed = filter.actor !== undefined || filter.index !== undefined || kind !== null;
  return (
    <>
      <Group gap="sm" className={classes.filters} role="search" aria-label="Filter the history">
        <TextInput
          size="xs"
          w={150}
          aria-label="By whom"
          placeholder="By anybody"
          value={actor}
          onChange={(event) => setActor(event.currentTarget.value)}
        />
        <NumberInput
          size="xs"
          w={110}
          min={0}
          allowDecimal={false}
          hideControls
          aria-label="Row number"
          placeholder="Any row"
          value={row}
          onChange={setRow}
        />
        <Select
          size="xs"
          w={160}
          aria-label="Kind of change"
          placeholder="Any change"
          clearable
          data={KINDS}
          value={kind}
          onChange={setKind}
        />
        <Switch
          size="xs"
          label="Who held which row"
          checked={leases}
          onChange={(event) => setLeases(event.currentTarget.checked)}
        />
      </Group>
      <EventList list={list} onVisit={onVisit} {...(narrowed ? { nothing: "No change matches." } : {})} />
    </>
  );
}
