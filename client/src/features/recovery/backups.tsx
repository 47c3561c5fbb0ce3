/** The backups: when, of which position, how large; each can be looked at, restored and downloaded. */
import { ActionIcon, Button, Center, Loader, ScrollArea, Text, Tooltip } from "@mantine/core";
import { IconDownload, IconPlus, IconRestore } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { dayAndTime } from "@/lib/times";
import { sentence } from "@/sync/sentences";
import type { BackupShape } from "@/sync/shapes";
import { useEngine } from "@/ui/engine-context";
import { RestoreModal, type Restoring } from "@/ui/restore-modal";
import { say } from "@/ui/say";
import { Card } from "./card";
import classes from "./recovery-page.module.css";
import { saveFile, sizeOf } from "./save-file";

export function Backups() {
  const { http } = useEngine();
  const [restoring, setRestoring] = useState<Restoring | null>(null);
  const [making, setMaking] = useState(false);
  const backups = useQuery({
    queryKey: ["backups"],
    queryFn: ({ signal }) => http.ask<BackupShape[]>("GET", "/api/backups", { signal }),
    refetchInterval: 15_000,
    staleTime: 0,
  });

  async function make() {
    setMaking(true);
    try {
      await http.ask("POST", "/api/backups");
      await backups.refetch();
    } catch (error) {
      say({ text: sentence(error), tone: "bad" });
    }
    setMaking(false);
  }

  function preview({ name, position, at }: BackupShape) {
    const what = `the backup of ${dayAndTime(at)}`;
    setRestoring({ goal: { backup: name }, position, what });
  }

  return (
    <Card
      title="Backups"
      hint="Made before each overwrite of the file, and whenever you want one."
      action={
        <Button
          size="xs"
          variant="light"
          leftSection={<IconPlus size={15} />}
          loading={making}
          onClick={() => void make()}
        >
          Make one now
        </Button>
      }
    >
      {backups.isPending && (
        <Center mih={80}>
          <Loader type="dots" aria-label="Loading the backups" />
        </Center>
      )}
      {backups.isError && (
        <Text role="alert" size="sm" c="dimmed">
          {sentence(backups.error)}
        </Text>
      )}
      {backups.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          There is none yet. The first one is made when the file is first written.
        </Text>
      )}
      <ScrollArea.Autosize
        mah={520}
        viewportProps={{ tabIndex: 0, role: "region", "aria-label": "List of backups" }}
      >
        <ul className={classes.list}>
          {backups.data?.map((backup) => (
            <li key={backup.name} className={classes.item}>
              <div className={classes.words}>
                <Text size="sm" fw={550}>
                  {dayAndTime(backup.at)}
                </Text>
                <Text size="xs" c="dimmed">
                  position {backup.position} · {sizeOf(backup.size)}
                </Text>
              </div>
              <Tooltip label="Download">
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={`Download the backup of position ${backup.position}`}
                  onClick={() =>
                    void saveFile(http, `/api/backups/${encodeURIComponent(backup.name)}`, backup.name)
                  }
                >
                  <IconDownload size={16} />
                </ActionIcon>
              </Tooltip>
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconRestore size={14} />}
                onClick={() => preview(backup)}
              >
                Restore…
              </Button>
            </li>
          ))}
        </ul>
      </ScrollArea.Autosize>
      <RestoreModal restoring={restoring} onClose={() => setRestoring(null)} />
    </Card>
  );
}
