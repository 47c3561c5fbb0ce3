/** Edits that the server refused: what was typed is here until somebody decides. */
import { Button, CopyButton, Group, ScrollArea, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { Engine } from "@/sync/engine";
import { problemIn } from "@/sync/engine";
import type { Pending } from "@/sync/outbox";
import { sentence } from "@/sync/sentences";
import { useEngine, useSync } from "@/ui/engine-context";
import { say } from "@/ui/say";
import classes from "./pending-panel.module.css";

export function PendingPanel({ onGoTo }: { onGoTo: (index: number) => void }) {
  const pending = useSync((state) => state.pending);
  const refused = pending.filter((each) => each.state === "refused");
  if (refused.length === 0) return null;
  return (
    <section className={classes.panel} aria-label="Edits that were not saved">
      <ScrollArea.Autosize mah={170}>
        <ul className={classes.list}>
          {refused.map((each) => (
            <RefusedEdit key={each.key} pending={each} onGoTo={onGoTo} />
          ))}
        </ul>
      </ScrollArea.Autosize>
    </section>
  );
}

function RefusedEdit({ pending, onGoTo }: { pending: Pending; onGoTo: (index: number) => void }) {
  const engine = useEngine();
  const [only, ...others] = pending.ops;
  const index = only?.index;
  const text = Object.values(only?.cells ?? {}).join("\t");
  return (
    <li className={classes.edit}>
      <IconAlertTriangle size={17} className={classes.icon} aria-hidden />
      <Text size="sm" className={classes.words}>
        <strong>{nameOf(pending)}</strong> was not saved. {sentence(pending.problem)}{" "}
        {changedMeanwhile(engine, pending)}
      </Text>
      <Group gap={6} wrap="nowrap" className={classes.actions}>
        {index !== undefined && others.length === 0 && (
          <Button size="compact-sm" variant="subtle" color="gray" onClick={() => onGoTo(index)}>
            Show
          </Button>
        )}
        {others.length === 0 && text !== "" && (
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Button size="compact-sm" variant="subtle" color="gray" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        )}
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          onClick={() => engine.outbox.discard(pending.key)}
        >
          Discard
        </Button>
        <Button size="compact-sm" onClick={() => void tryAgain(engine, pending)}>
          Try again
        </Button>
      </Group>
    </li>
  );
}

/** Take the row anew first, so that the second try is not refused for the same reason. */
async function tryAgain(engine: Engine, pending: Pending): Promise<void> {
  const [only, ...others] = pending.ops;
  if (others.length > 0 || only?.index === undefined) return engine.outbox.tryAgain(pending.key);
  try {
    const hold = await engine.leases.take(only.index);
    engine.outbox.tryAgain(pending.key, hold.token);
    await engine.leases.release(only.index, () => engine.outbox.isWaiting(hold.index));
  } catch (error) {
    say({
      text: problemIn(error) === undefined ? `${sentence(error)} Your text stays here.` : sentence(error),
      tone: "bad",
    });
  }
}

function nameOf({ ops }: Pending): string {
  const [only, ...others] = ops;
  if (others.length > 0) return `A change of ${ops.length} rows`;
  if (only?.op === "add") return "A new row";
  if (only?.op === "delete") return `Deleting row ${only.index}`;
  const texts = Object.values(only?.cells ?? {});
  return `“${(texts[0] ?? "").slice(0, 40)}” in row ${only?.index}`;
}

/** Whoever tries again shall know what they write over. */
function changedMeanwhile(engine: Engine, { ops: [only], seen }: Pending): string {
  const row = only?.index === undefined ? undefined : engine.view.row(only.index);
  if (row === undefined || seen === undefined) return "";
  const changed = Object.entries(seen).find(
    ([column, text]) => row.cells[engine.view.columns.indexOf(column)] !== text,
  );
  if (changed === undefined) return "";
  return `It says “${row.cells[engine.view.columns.indexOf(changed[0])]}” now.`;
}
