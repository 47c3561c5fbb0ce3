/** Undo and redo as a person meets them: a word when it is done, a question when others stand in the way. */
import { List, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { conflictSentence } from "@/sync/conflict-words";
import type { Engine } from "@/sync/engine";
import type { OnConflict } from "@/sync/past";
import type { UndoConflict } from "@/sync/problem";
import { sentence } from "@/sync/sentences";
import { passes, type Way } from "@/sync/undo-stack";
import { say } from "./say";

const SHOWN = 8;
/** Where one sees by oneself what became of a cell. */
const TABLE = 'section[aria-label="Table"]';
const WORDS = { undo: "undone", redo: "done again" } as const;

/** Take back the last own deed (or the last undo), and say what came of it; where the table is shown one sees it. */
export async function undoAndSay(engine: Engine, way: Way, onConflict: OnConflict = "refuse"): Promise<void> {
  try {
    const outcome = await engine.undos.go(way, onConflict);
    if (outcome.kind === "nothing") say({ text: `There is nothing of yours to ${way} in this window.` });
    else if (outcome.kind === "done") sayDone(way, outcome.count, outcome.left.length);
    else if (passes(outcome.conflicts)) say({ text: wordsOf(outcome.conflicts), tone: "bad" });
    else askAbout(engine, way, outcome.conflicts, outcome.partial);
  } catch (error) {
    say({ text: sentence(error), tone: "bad" });
  }
}

/** Take back one's own deed whose last event is at a position, whatever was done after it. */
export function undoDeed(engine: Engine, position: number): void {
  if (engine.undos.next(position)) void undoAndSay(engine, "undo");
  else say({ text: "This has been undone already." });
}

function sayDone(way: Way, count: number, left: number): void {
  if (count === 0) say({ text: `Nothing was ${WORDS[way]}: others have changed all of it since.` });
  else if (left > 0)
    say({ text: `${changes(count)} ${WORDS[way]}; ${left} left as ${left === 1 ? "it is" : "they are"}.` });
  else if (count > 1 || document.querySelector(TABLE) === null)
    say({ text: `${changes(count)} ${WORDS[way]}.` });
}

function wordsOf(conflicts: readonly UndoConflict[]): string {
  return conflicts.slice(0, 2).map(conflictSentence).join(" ");
}

function askAbout(engine: Engine, way: Way, conflicts: readonly UndoConflict[], partial: boolean): void {
  modals.openConfirmModal({
    title: partial ? `Not everything can be ${WORDS[way]}` : `This cannot be ${WORDS[way]}`,
    children: (
      <>
        <ConflictList conflicts={conflicts} />
        <Text size="sm" mt="sm">
          {partial
            ? "Skip these and do the rest?"
            : `Skip it? Then the next ${way} takes the change before it. With the later changes it can be undone from the history.`}
        </Text>
      </>
    ),
    labels: { confirm: partial ? "Skip these, do the rest" : "Skip it", cancel: "Leave everything as it is" },
    onConfirm: () => {
      if (partial) void undoAndSay(engine, way, "skip");
      else engine.undos.skip(way);
    },
  });
}

export function ConflictList({ conflicts }: { conflicts: readonly UndoConflict[] }) {
  return (
    <List size="sm" spacing={4}>
      {conflicts.slice(0, SHOWN).map((conflict) => (
        <List.Item key={`${conflict.position} ${conflict.index} ${conflict.column}`}>
          {conflictSentence(conflict)}
        </List.Item>
      ))}
      {conflicts.length > SHOWN && <List.Item>… and {conflicts.length - SHOWN} more</List.Item>}
    </List>
  );
}

export function changes(count: number): string {
  return `${count.toLocaleString("en")} ${count === 1 ? "change" : "changes"}`;
}
