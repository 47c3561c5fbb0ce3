/** Every stored number, a page at a time. The first page goes on by itself while the newest come first. */
import { Group, Pagination, Paper, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dayAndTime } from "@/lib/times";
import type { NumberMessage } from "@/sync/engine";
import { sentence } from "@/sync/sentences";
import { useEngine } from "@/ui/engine-context";
import classes from "./numbers-page.module.css";

const PAGE_ROWS = 14;
const REFRESH_MS = 1_000;

type Field = "timestamp" | "value";
interface Sort {
  readonly field: Field;
  readonly order: "asc" | "desc";
}

export function NumberTable() {
  const { http } = useEngine();
  const [page, setPage] = useState(1);
  const [sort, setSort] = useState<Sort>({ field: "timestamp", order: "desc" });
  const params = { offset: (page - 1) * PAGE_ROWS, limit: PAGE_ROWS, sort: sort.field, order: sort.order };
  const numbers = useQuery({
    queryKey: ["numbers", params],
    queryFn: ({ signal }) =>
      http.ask<{ items: NumberMessage[]; total: number }>("GET", "/api/numbers", { params, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: page === 1 ? REFRESH_MS : false,
  });
  const total = numbers.data?.total ?? 0;

  function sortBy(field: Field) {
    setPage(1);
    setSort((before) => ({
      field,
      order: before.field === field && before.order === "desc" ? "asc" : "desc",
    }));
  }

  return (
    <Paper
      withBorder
      radius="lg"
      p="md"
      component="section"
      aria-label="Stored numbers"
      bg="var(--rowlock-raised)"
    >
      <Table verticalSpacing={6} horizontalSpacing={4} highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Header field="timestamp" sort={sort} onSort={sortBy} label="Time" />
            <Header field="value" sort={sort} onSort={sortBy} label="Value" end />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {numbers.data?.items.map(({ timestamp, value }) => (
            <Table.Tr key={timestamp}>
              <Table.Td>{dayAndTime(timestamp)}</Table.Td>
              <Table.Td className={classes.number}>{value.toFixed(6)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {numbers.isError && (
        <Text size="sm" c="dimmed" py="sm" role="status">
          {sentence(numbers.error)}
        </Text>
      )}
      <Group justify="space-between" mt="md">
        <Text size="sm" c="dimmed">
          {total.toLocaleString("en")} numbers
        </Text>
        <Pagination
          size="sm"
          value={page}
          onChange={setPage}
          total={Math.max(1, Math.ceil(total / PAGE_ROWS))}
          siblings={0}
          getControlProps={(control) => ({ "aria-label": `${control} page` })}
          getItemProps={(at) => ({ "aria-label": `Page ${at}` })}
        />
      </Group>
    </Paper>
  );
}

interface HeaderProps {
  readonly field: Field;
  readonly label: string;
  readonly sort: Sort;
  readonly end?: boolean;
  readonly onSort: (field: Field) => void;
}

function Header({ field, label, sort, end = false, onSort }: HeaderProps) {
  const sorted = sort.field === field;
  const Icon = !sorted ? IconArrowsSort : sort.order === "desc" ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      aria-sort={!sorted ? "none" : sort.order === "desc" ? "descending" : "ascending"}
      ta={end ? "end" : "start"}
    >
      <UnstyledButton onClick={() => onSort(field)} fz="sm" fw={600}>
        <Group gap={6} component="span" display="inline-flex" wrap="nowrap">
          {label}
          <Icon size={14} aria-hidden />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
