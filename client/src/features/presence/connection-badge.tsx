/** Whether what is on the screen is what the server has, always in sight. */
import { Tooltip } from "@mantine/core";
import type { Connection } from "@/sync/engine";
import { useSync } from "@/ui/engine-context";
import classes from "./connection-badge.module.css";

const WORDS: Record<Connection, { label: string; hint: string }> = {
  live: { label: "Live", hint: "You see every change as it happens." },
  syncing: { label: "Catching up", hint: "Fetching what changed while you were away." },
  connecting: { label: "Connecting", hint: "Looking for the server." },
  offline: {
    label: "Server away",
    hint: "You can go on typing: it is kept here and saved once the server is back.",
  },
};

export function ConnectionBadge() {
  const connection = useSync((state) => state.connection);
  const waiting = useSync((state) => state.pending.filter((each) => each.state === "waiting").length);
  const { label, hint } = WORDS[connection];
  const kept = waiting > 0 && connection !== "live" ? ` · ${waiting} kept` : "";
  return (
    <Tooltip label={hint} multiline maw={260}>
      <output className={classes.badge} data-connection={connection} aria-live="polite">
        <span className={classes.dot} aria-hidden />
        {label}
        {kept}
      </output>
    </Tooltip>
  );
}
