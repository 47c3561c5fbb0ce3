/** The table: its tools, its rows, and what waits for an answer. */
import { Alert, Button, Center, Loader, Stack, Text } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { sentence } from "@/sync/sentences";
import { useEngine, useSync } from "@/ui/engine-context";
import classes from "./table-page.module.css";
import { TableView, type TableViewProps } from "./table-view";

const FIRST_ROWS = 200;

export function TablePage(props: TableViewProps) {
  const { state, error, retry } = useFirstRows();
  if (state === "loading") {
    return (
      <Center h="100%">
        <Loader type="dots" aria-label="Loading the table" />
      </Center>
    );
  }
  if (state === "failed") {
    return (
      <Center h="100%" p="xl">
        <Stack align="center" maw={420}>
          <Alert variant="light" color="yellow" title="The table could not be loaded">
            <Text size="sm">{sentence(error)} It is tried again as soon as the server answers.</Text>
          </Alert>
          <Button variant="default" onClick={retry}>
            Try now
          </Button>
        </Stack>
      </Center>
    );
  }
  return (
    <section className={classes.page} aria-label="Table">
      <TableView {...props} />
    </section>
  );
}

/** The grid needs to know its columns and how many rows there are before it can draw. */
function useFirstRows() {
  const { view } = useEngine();
  const connection = useSync((state) => state.connection);
  const [state, setState] = useState<"loading" | "ready" | "failed">(
    view.columns.length > 0 ? "ready" : "loading",
  );
  const [error, setError] = useState<unknown>();
  const retry = useCallback(() => {
    setState((before) => (before === "ready" ? before : "loading"));
    view
      .load(0, FIRST_ROWS)
      .then(() => setState("ready"))
      .catch((caught: unknown) => {
        setError(caught);
        setState((before) => (before === "ready" ? before : "failed"));
      });
  }, [view]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new connection is a new chance.
  useEffect(() => {
    if (state !== "ready") retry();
  }, [connection, retry]);
  return { state, error, retry };
}
