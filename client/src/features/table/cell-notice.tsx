/** Says at the cell itself why it cannot be edited, or that one's hold of its row is ending, and what to do. */
import { Button, CloseButton, Group, Paper, Text } from "@mantine/core";
import { IconAlertTriangle, IconClock, IconLock, IconSnowflake } from "@tabler/icons-react";
import { secondsLeft } from "@/lib/clock";
import { seconds } from "@/sync/sentences";
import { useNow } from "@/ui/use-now";
import classes from "./cell-notice.module.css";

export interface Notice {
  readonly kind: "locked" | "cooldown" | "elsewhere" | "lost" | "ending";
  readonly index: number;
  readonly column: string;
  /** Where the cell is, within the grid. */
  readonly at: { readonly x: number; readonly y: number };
  readonly holder?: string;
  readonly until?: number;
  /** What had been typed before the refusal came; it is kept. */
  readonly text?: string;
}

interface CellNoticeProps {
  readonly notice: Notice;
  readonly watched: boolean;
  readonly onWatch: () => void;
  readonly onTakeOver: () => void;
  readonly onClose: () => void;
}

const ICONS = {
  locked: IconLock,
  cooldown: IconSnowflake,
  elsewhere: IconLock,
  lost: IconAlertTriangle,
  ending: IconClock,
};

export function CellNotice({ notice, watched, onWatch, onTakeOver, onClose }: CellNoticeProps) {
  const now = useNow(true);
  const { kind, at, text } = notice;
  const Icon = ICONS[kind];
  const waits = kind === "locked" || kind === "cooldown";
  return (
    <Paper
      className={classes.notice}
      data-kind={kind}
      role={kind === "ending" ? "status" : "alert"}
      shadow="xl"
      style={{ insetInlineStart: at.x, insetBlockStart: at.y }}
    >
      <Group gap="sm" wrap="nowrap" align="flex-start">
        <Icon size={18} className={classes.icon} aria-hidden />
        <div>
          <Text size="sm" fw={600}>
            {headline(notice, now)}
          </Text>
          {text !== undefined && text !== "" && (
            <Text size="sm" c="dimmed" lineClamp={2}>
              Your text “{text}” is kept.
            </Text>
          )}
          {waits && (
            <Button size="compact-xs" variant="light" mt={6} onClick={onWatch} disabled={watched}>
              {watched ? "You will be told" : "Tell me when it is free"}
            </Button>
          )}
          {kind === "elsewhere" && (
            <Button size="compact-xs" mt={6} onClick={onTakeOver}>
              Move it here
            </Button>
          )}
        </div>
        <CloseButton size="sm" aria-label="Close this notice" onClick={onClose} />
      </Group>
    </Paper>
  );
}

function headline({ kind, holder, until }: Notice, now: number): string {
  const left = until === undefined ? undefined : secondsLeft(until, now);
  switch (kind) {
    case "locked":
      return `${holder} is editing this row${left === undefined ? "" : `, for ${seconds(left)} at most`}.`;
    case "cooldown":
      return left === 0
        ? "This row is free now."
        : `${holder} has just edited this row. Free in ${seconds(left)}.`;
    case "elsewhere":
      return "You are editing this row in another window.";
    case "lost":
      return "Your hold on this row has ended. Your text is still here: Enter tries to save it.";
    case "ending":
      return `This row is yours for ${seconds(left)} more. Keep typing to hold it.`;
    default:
      return kind satisfies never;
  }
}
