/** The head of a row: its number, who is at it, who holds it and for how long. */
import { Tooltip } from "@mantine/core";
import { IconLock, IconSnowflake } from "@tabler/icons-react";
import type { CustomCellRendererProps } from "ag-grid-react";
import { type CSSProperties, useEffect, useState } from "react";
import { secondsLeft } from "@/lib/clock";
import { personColor } from "@/lib/person-color";
import type { Row } from "@/sync/rows";
import { useEngine, useSync } from "@/ui/engine-context";
import { PersonBadge } from "@/ui/person-badge";
import { useNow } from "@/ui/use-now";
import classes from "./row-head.module.css";

export function RowHead({ data }: CustomCellRendererProps<Row>) {
  if (data === undefined) return <span className={classes.loading} role="status" aria-label="Loading" />;
  return <KnownRowHead index={data.index} />;
}

function KnownRowHead({ index }: { index: number }) {
  const { status, mine } = useLockStatus(index);
  const visitor = useVisitor(index);
  return (
    <span className={classes.head}>
      {status !== undefined && !mine && (
        <Lock holder={status.holder} kind={status.status} until={status.until} />
      )}
      {mine && (
        <Tooltip label="You are editing this row">
          <IconLock size={13} aria-label="Yours" className={classes.mine} />
        </Tooltip>
      )}
      {status === undefined && !mine && visitor !== undefined && (
        <PersonBadge name={visitor} label={`${visitor} is at this row`} small />
      )}
      <span>{index}</span>
    </span>
  );
}

interface LockProps {
  readonly holder: string;
  readonly kind: "locked" | "cooldown";
  readonly until: number;
}

function Lock({ holder, kind, until }: LockProps) {
  const left = secondsLeft(until, useNow(true));
  const time = left < 100 ? `${left} s` : `${Math.round(left / 60)} min`;
  const label =
    kind === "locked"
      ? `${holder} is editing, for ${time} at most`
      : `Free again in ${time}: ${holder} edited it`;
  const Icon = kind === "locked" ? IconLock : IconSnowflake;
  return (
    <Tooltip label={label}>
      <span
        className={classes.lock}
        role="img"
        aria-label={label}
        style={{ "--person": personColor(holder).fill } as CSSProperties}
      >
        <Icon size={13} aria-hidden />
        {kind === "cooldown" && <span className={classes.seconds}>{left}</span>}
        {kind === "locked" && <PersonBadge name={holder} label={label} small />}
      </span>
    </Tooltip>
  );
}

function useLockStatus(index: number) {
  const { leases, username } = useEngine();
  const [, look] = useState(0);
  useEffect(
    () =>
      leases.news.on((news) => {
        if (news.kind === "all" || news.index === index) look((count) => count + 1);
      }),
    [leases, index],
  );
  const status = leases.status(index);
  // What cools from one's own edit is free for oneself.
  const own = status?.status === "cooldown" && status.holder === username;
  return { status: own ? undefined : status, mine: leases.held(index) !== undefined };
}

function useVisitor(index: number): string | undefined {
  const { username } = useEngine();
  return useSync(
    (state) => state.present.find((each) => each.index === index && each.username !== username)?.username,
  );
}
