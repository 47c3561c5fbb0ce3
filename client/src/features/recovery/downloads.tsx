/** The table as a file. */
import { Button, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import type { Params } from "@/sync/http";
import { useEngine } from "@/ui/engine-context";
import { Card } from "./card";
import classes from "./recovery-page.module.css";
import { saveFile } from "./save-file";

const FILES: readonly { label: string; hint: string; name: string; params: Params }[] = [
  { label: "The file itself", hint: "CSV, byte for byte", name: "table.csv", params: { format: "csv" } },
  {
    label: "For Excel",
    hint: "CSV in which no cell can act as a formula",
    name: "table-for-excel.csv",
    params: { format: "csv", guard: "spreadsheet" },
  },
  {
    label: "JSON lines",
    hint: "one object per row, for programs",
    name: "table.jsonl",
    params: { format: "jsonl" },
  },
];

export function Downloads() {
  const { http } = useEngine();
  const [busy, setBusy] = useState<string | null>(null);

  async function save({ label, name, params }: (typeof FILES)[number]) {
    setBusy(label);
    await saveFile(http, "/api/fetch_csv", name, params);
    setBusy(null);
  }

  return (
    <Card title="Download" hint="The whole table as it is now.">
      <Stack component="ul" gap={0} className={classes.list}>
        {FILES.map((file) => (
          <li key={file.label} className={classes.item}>
            <div className={classes.words}>
              <Text size="sm" fw={550}>
                {file.label}
              </Text>
              <Text size="xs" c="dimmed">
                {file.hint}
              </Text>
            </div>
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconDownload size={14} />}
              loading={busy === file.label}
              aria-label={`Download: ${file.label}`}
              onClick={() => void save(file)}
            >
              Download
            </Button>
          </li>
        ))}
      </Stack>
    </Card>
  );
}
