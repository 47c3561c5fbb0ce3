/** The memory of a tab that looks at a table under edits, minute by minute. */
import type { CDPSession } from "@playwright/test";
import { type Server, test } from "../e2e/rowlock";
import { megabytes, say } from "./figures";

const MINUTES = Number(process.env.BENCH_MINUTES ?? 10);
const EDITS_A_SECOND = 20;
const ROWS = 1_000;

test("memory of the tab", async ({ enter, server }) => {
  server.writeTable(
    `name,price\n${Array.from({ length: ROWS }, (_, row) => `name ${row},${row}.50\n`).join("")}`,
  );
  await server.start();
  const ana = await enter("ana");
  const tools = await ana.context().newCDPSession(ana);
  await tools.send("Performance.enable");
  say(`memory of the tab, ${EDITS_A_SECOND} edits a second on ${ROWS.toLocaleString("en")} rows`);
  say(`  at the start: ${await memoryOf(tools)}`);
  const token = (await server.login("bruno")).access_token;
  for (let minute = 1; minute <= MINUTES; minute += 1) {
    const done = await editFor(60_000, server, token);
    say(`  after ${minute} min: ${await memoryOf(tools)}, ${(done / 60).toFixed(1)} edits a second`);
  }
});

/** Edit at a steady pace; how many edits were answered. */
async function editFor(milliseconds: number, server: Server, token: string): Promise<number> {
  const start = performance.now();
  const answers: Promise<boolean>[] = [];
  for (let edit = 0; performance.now() - start < milliseconds; edit += 1) {
    answers.push(change(server, token, edit));
    const due = start + ((edit + 1) * 1000) / EDITS_A_SECOND;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  return (await Promise.all(answers)).filter(Boolean).length;
}

/** Every other edit is of a row in sight. */
async function change(server: Server, token: string, edit: number): Promise<boolean> {
  const row = edit % 2 === 0 ? edit % 20 : (edit * 37) % ROWS;
  const { ok } = await fetch(`${server.url}/api/update_csv/${row}`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ name: `at ${Date.now()}` }),
  });
  return ok;
}

async function memoryOf(tools: CDPSession): Promise<string> {
  // What finalizers let go of is collected the second time.
  for (let time = 0; time < 2; time += 1) await tools.send("HeapProfiler.collectGarbage");
  const { metrics } = await tools.send("Performance.getMetrics");
  const metric = (name: string) => metrics.find((each) => each.name === name)?.value ?? 0;
  return `${megabytes(metric("JSHeapUsedSize"))} of script, ${metric("Nodes")} nodes, ${metric("JSEventListeners")} listeners`;
}
