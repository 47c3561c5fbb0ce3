/** Takes a file into the table; what it would do is shown first. */
import { Alert, Button, FileInput, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { DiffLines } from "@/ui/diff-view";
import { useEngine } from "@/ui/engine-context";
import { countsOf } from "@/ui/restore-modal";
import { say } from "@/ui/say";
import { undoDeed } from "@/ui/undo";
import { Card } from "./card";
import { askImport, type ImportWish, importSentence, linesOf, type Planned } from "./import";
import { ImportOptions } from "./import-options";

const PLAIN: ImportWish = { mode: "replace", key: null, addColumns: false, encoding: "", delimiter: "" };
/** As many as the server tells of. */
const VERDICTS = 1_000;

export function ImportForm() {
  const engine = useEngine();
  const [file, setFile] = useState<File | null>(null);
  const [wish, setWish] = useState<ImportWish>(PLAIN);
  const [columns, setColumns] = useState<readonly string[]>(engine.view.columns);
  const [plan, setPlan] = useState<Planned | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  // What comes back may be about a wish that is no longer there.
  const latest = useRef(wish);
  latest.current = wish;
  const ready = file !== null && (wish.mode === "replace" || wish.key !== null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another wish has another outcome.
  useEffect(() => {
    setPlan(null);
    setError(null);
  }, [file, wish]);
  useEffect(() => {
    if (columns.length > 0) return;
    engine.fetch({ text: "", filters: [] }, 0, 1).then(
      (window) => setColumns(window.columns),
      () => undefined,
    );
  }, [engine, columns]);

  async function send(dryRun: boolean) {
    if (file === null) return;
    setBusy(true);
    setError(null);
    try {
      const answer = await askImport(engine.http, file, wish, dryRun);
      if (dryRun) {
        if (latest.current === wish) setPlan(answer);
      } else {
        engine.undos.did(answer.position);
        say({
          text: `${file.name} is in the table: ${countsOf(answer)}.`,
          tone: "good",
          action: { label: "Undo that", run: () => undoDeed(engine, answer.position) },
        });
        setFile(null);
      }
    } catch (caught) {
      setError(caught);
    }
    setBusy(false);
  }

  return (
    <Card title="Import a file" hint="CSV. You see what it would do before it does it.">
      <Stack gap="sm">
        <FileInput
          size="sm"
          label="File"
          placeholder="Choose a CSV file"
          accept=".csv,.tsv,.txt,text/csv"
          leftSection={<IconFileImport size={16} aria-hidden />}
          value={file}
          disabled={busy}
          onChange={setFile}
        />
        <SegmentedControl
          size="xs"
          aria-label="How to take it in"
          value={wish.mode}
          onChange={(value) => setWish({ ...wish, mode: value === "upsert" ? "upsert" : "replace" })}
          data={[
            { value: "replace", label: "Replace the table" },
            { value: "upsert", label: "Merge by a column" },
          ]}
        />
        {wish.mode === "upsert" && (
          <Select
            size="sm"
            label="Column that says which row is which"
            placeholder="Choose a column"
            data={[...new Set(columns)]}
            value={wish.key}
            onChange={(key) => setWish({ ...wish, key })}
          />
        )}
        <ImportOptions wish={wish} onChange={setWish} />
        {error !== null && (
          <Alert variant="light" color="red" role="alert" p="xs">
            {importSentence(error)}
          </Alert>
        )}
        {plan !== null && (
          <>
            <Text size="sm" role="status">
              This file: <strong>{countsOf(plan)}</strong>
              {plan.unchanged !== undefined &&
                plan.unchanged > 0 &&
                `, ${plan.unchanged.toLocaleString("en")} stay the same`}
              .
            </Text>
            <DiffLines lines={linesOf(plan)} more={plan.more ?? 0} shown={VERDICTS} />
          </>
        )}
        <Group gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant={plan === null ? "filled" : "default"}
            disabled={!ready}
            loading={busy && plan === null}
            onClick={() => void send(true)}
          >
            Preview
          </Button>
          {plan !== null && (
            <Button size="xs" loading={busy} onClick={() => void send(false)}>
              Import
            </Button>
          )}
        </Group>
      </Stack>
    </Card>
  );
}
