/** Stories of the past, the numbers and a table of a million rows. */
import { cell, expect, test, type } from "./rowlock";

test("the table is visited as it was, with what differs from now coloured", async ({ enter, server }) => {
  await server.start();
  const ana = await enter("ana");
  await type(ana, 2, "broker", "First");
  await ana.keyboard.press("Enter");
  await type(ana, 2, "broker", "Second");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 2, "broker")).toHaveText("Second");
  await cell(ana, 2, "broker").click({ button: "right" });
  await ana.getByRole("menuitem", { name: "History of row 2" }).click();
  const drawer = ana.getByRole("dialog", { name: "History of row 2" });
  await expect(drawer).toContainText("First → Second");
  await drawer
    .getByRole("button", { name: /Table then/ })
    .last()
    .click();
  await expect(ana).toHaveURL(/\/history\?at=\d+/);
  await expect(cell(ana, 2, "broker")).toHaveText("First");
  await expect(cell(ana, 2, "broker")).toHaveClass(/then-changed/);
  await expect(cell(ana, 1, "broker")).not.toHaveClass(/then-changed/);
  await ana.getByRole("button", { name: "Back to now" }).click();
  await expect(cell(ana, 2, "broker")).toHaveText("Second");
});

test("the history of a cell is of that cell alone, and of its row when asked for", async ({
  enter,
  server,
}) => {
  await server.start();
  const ana = await enter("ana");
  await type(ana, 2, "broker", "Elsewhere");
  await ana.keyboard.press("Enter");
  await type(ana, 2, "pnl", "12.50");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 2, "pnl")).toHaveText("12.50");
  await cell(ana, 2, "pnl").click({ button: "right" });
  await ana.getByRole("menuitem", { name: "History of this cell" }).click();
  const drawer = ana.getByRole("dialog", { name: "History of row 2" });
  await expect(drawer).toContainText("12.50");
  await expect(drawer).not.toContainText("Elsewhere");
  await drawer.getByText("Whole row").click();
  await expect(drawer).toContainText("Elsewhere");
});

test("the numbers go on by themselves", async ({ enter, server }) => {
  await server.start();
  const ana = await enter("ana");
  await ana.getByRole("link", { name: "Numbers" }).click();
  const first = ana.getByRole("region", { name: "Stored numbers" }).getByRole("row").nth(1);
  const before = await first.innerText();
  await expect(first).not.toHaveText(before);
  await ana.getByRole("button", { name: "Pause" }).click();
  await expect(ana.getByText("Paused")).toBeVisible();
});

test("a million rows: to the end, to a number, and the wheel does not skip", async ({ enter, server }) => {
  test.setTimeout(120_000);
  server.writeTable(millionRows());
  await server.start();
  const ana = await enter("ana");
  await expect(ana.getByText("1,000,000 rows")).toBeVisible();
  await cell(ana, 0, "name").click();
  await ana.keyboard.press("Control+End");
  await expect(cell(ana, 999_999, "name")).toHaveText("name 999999");
  await type(ana, 999_999, "name", "the very last");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 999_999, "name")).toHaveText("the very last");
  await ana.getByLabel("Go to row number").fill("654321");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 654_321, "name")).toHaveText("name 654321");
  await cell(ana, 654_321, "name").hover();
  const top = await topPlace(ana);
  await ana.mouse.wheel(0, 120);
  await expect.poll(() => topPlace(ana)).toBeGreaterThan(top);
  await ana.waitForTimeout(300);
  expect((await topPlace(ana)) - top).toBeLessThan(12);
});

/** The place of the first row that is fully in sight. */
function topPlace(page: import("@playwright/test").Page): Promise<number> {
  return page.evaluate(() => {
    const frame = document.querySelector(".ag-grid-viewport")?.getBoundingClientRect();
    const places = [...document.querySelectorAll('[row-index]:has([role="gridcell"])')]
      .filter((row) => frame !== undefined && row.getBoundingClientRect().top >= frame.top - 1)
      .map((row) => Number(row.getAttribute("row-index")));
    return Math.min(...places);
  });
}

function millionRows(): string {
  const lines = ["name,price,place"];
  for (let row = 0; row < 1_000_000; row += 1) lines.push(`name ${row},${row % 977}.50,shelf ${row % 31}`);
  return `${lines.join("\n")}\n`;
}
