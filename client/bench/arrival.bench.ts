/** From the key that commits an edit in one browser to the change on the screen of another. */
import type { Page } from "@playwright/test";
import { cell, test } from "../e2e/rowlock";
import { quantile, say } from "./figures";

const EDITS = Number(process.env.BENCH_EDITS ?? 100);
/** Rows in sight; each is edited in its turn, so that none is held from the time before. */
const ROWS = 12;
const REST_MS = 120;

for (const rows of [1_000, 1_000_000]) {
  test(`arrival of an edit, ${rows} rows`, async ({ enter, server }) => {
    server.writeTable(table(rows));
    await server.start();
    const ana = await enter("ana");
    const bruno = await enter("bruno");
    await ana.evaluate(noteEnter);
    const took: number[] = [];
    for (let edit = 0; edit < EDITS; edit += 1) {
      const place = edit % ROWS;
      const text = `edit ${edit}`;
      const seen = bruno.evaluate(timeOfText, { place, text });
      await cell(ana, place, "name").click();
      await ana.keyboard.type(text);
      await ana.keyboard.press("Enter");
      took.push((await seen) - (await lastEnter(ana)));
      await ana.waitForTimeout(REST_MS);
    }
    const [median, p95] = [quantile(took, 0.5), quantile(took, 0.95)].map((each) => each.toFixed(0));
    say(
      `key to change in the other browser, ${rows.toLocaleString("en")} rows: ` +
        `median ${median} ms, p95 ${p95} ms (${EDITS} edits)`,
    );
  });
}

function table(rows: number): string {
  const lines = ["name,price,place"];
  for (let row = 0; row < rows; row += 1) lines.push(`name ${row},${row % 977}.50,shelf ${row % 31}`);
  return `${lines.join("\n")}\n`;
}

/** In the page: remember when Enter was pressed last, by the clock that all pages of the machine share. */
function noteEnter(): void {
  addEventListener(
    "keydown",
    ({ key, timeStamp }) => {
      if (key === "Enter")
        document.documentElement.dataset.enter = String(performance.timeOrigin + timeStamp);
    },
    { capture: true },
  );
}

async function lastEnter(page: Page): Promise<number> {
  return Number(await page.locator("html").getAttribute("data-enter"));
}

/** In the page: when the frame is drawn in which a cell has a text. */
function timeOfText({ place, text }: { place: number; text: string }): Promise<number> {
  return new Promise((resolve) => {
    const look = () => {
      const shown = document.querySelector(`[row-index="${place}"] [col-id="name"]`)?.textContent;
      if (shown !== text) requestAnimationFrame(look);
      // The next task is behind the drawing of this frame.
      else setTimeout(() => resolve(performance.timeOrigin + performance.now()));
    };
    requestAnimationFrame(look);
  });
}
