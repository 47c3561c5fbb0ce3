/** Stories of the past, the numbers, a table of a million rows, and of those who cannot see the screen. */
import AxeBuilder from "@axe-core/playwright";
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

for (const scheme of ["dark", "light"] as const) {
  test(`axe finds nothing on any page, wide and narrow, ${scheme}`, async ({ enter, server, page }) => {
    test.setTimeout(120_000);
    await server.start();
    await page.goto(server.url);
    await page.evaluate((value) => localStorage.setItem("mantine-color-scheme-value", value), scheme);
    await page.reload();
    await expectNothing(page, "sign in");
    await enter("ana", page);
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const name of ["Table", "Numbers", "History", "Recovery"]) {
        await page.getByRole("link", { name, exact: true }).click();
        await page.waitForTimeout(800);
        await expectNothing(page, `${name} at ${width}`);
      }
      await page.getByRole("link", { name: "History", exact: true }).click();
      await page.getByText("Table at a moment").click();
      await page.waitForTimeout(800);
      await expectNothing(page, `a moment at ${width}`);
    }
  });
}

async function expectNothing(page: import("@playwright/test").Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
  );
  expect(found, where).toEqual([]);
}

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
