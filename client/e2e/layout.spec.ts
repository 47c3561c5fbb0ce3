/** Stories of finding one's way: to a row from everywhere, and columns that stay as one has laid them out. */
import type { Page } from "@playwright/test";
import { cell, expect, go, test } from "./rowlock";

test.beforeEach(({ server }) => server.start());

test("one goes to a row from every page, by Ctrl+G, from the palette and by the field", async ({ enter }) => {
  const ana = await enter("ana");
  await ana.keyboard.press("Control+g");
  await expect(ana.getByLabel("Go to row number")).toBeFocused();
  await ana.keyboard.type("7");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 7, "user")).toBeFocused();
  await go(ana, "History");
  await ana.keyboard.press("Control+g");
  await expect(ana.getByPlaceholder("The number of the row")).toBeFocused();
  await ana.keyboard.type("5");
  await ana.getByRole("button", { name: "Go to row 5" }).click();
  await expect(cell(ana, 5, "user")).toBeFocused();
  await expect(ana).toHaveURL(/\/$/);
  await ana.keyboard.press("Control+k");
  await expect(ana.getByPlaceholder(/A number goes to that row/)).toBeFocused();
  await ana.keyboard.type("11");
  await expect(ana.getByRole("button", { name: "Go to row 11" })).toBeVisible();
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 11, "user")).toBeFocused();
  await ana.goto(new URL("/?row=3", ana.url()).href);
  await expect(cell(ana, 3, "user")).toBeFocused();
});

test("columns stay as they were laid out, also over a reload, for oneself alone", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await ana.getByRole("button", { name: "Columns" }).click();
  await ana.getByRole("checkbox", { name: "margin" }).uncheck();
  await ana.getByRole("button", { name: "Keep pnl in sight" }).click();
  await ana.keyboard.press("Escape");
  await dragEdge(ana, "broker", 120);
  const width = await widthOf(ana, "broker");
  await dragOnto(ana, "API key", "user");
  const laidOut = ["Row", "pnl", "API key", "user", "broker", "API secret", "max_risk"];
  await expect.poll(() => headers(ana)).toEqual(laidOut);
  await ana.reload();
  await expect(cell(ana, 0, "user")).toBeVisible();
  expect(await headers(ana)).toEqual(laidOut);
  expect(await widthOf(ana, "broker")).toBe(width);
  await bruno.getByRole("columnheader", { name: "broker" }).click({ button: "right" });
  await bruno.getByRole("menuitem", { name: "Rename “broker”" }).click();
  await bruno.getByRole("textbox", { name: "Name", exact: true }).fill("house");
  await bruno.keyboard.press("Enter");
  await expect.poll(() => headers(ana)).toEqual(laidOut.map((name) => (name === "broker" ? "house" : name)));
  expect(await widthOf(ana, "house")).toBe(width);
  expect(await headers(bruno)).toEqual([
    "Row",
    "user",
    "house",
    "API key",
    "API secret",
    "pnl",
    "margin",
    "max_risk",
  ]);
  await ana.getByRole("button", { name: "Columns" }).click();
  await ana.getByRole("button", { name: "Lay out as at first" }).click();
  await expect.poll(() => headers(ana)).toEqual(await headers(bruno));
});

/** The names over the columns, from left to right. */
function headers(page: Page): Promise<string[]> {
  return page.getByRole("columnheader").evaluateAll((found) =>
    found
      .map((header) => ({
        name: header.textContent?.trim() ?? "",
        left: header.getBoundingClientRect().left,
      }))
      .toSorted((a, b) => a.left - b.left)
      .map(({ name }) => name),
  );
}

async function boxOf(page: Page, column: string) {
  const box = await page.getByRole("columnheader", { name: column, exact: true }).boundingBox();
  if (box === null) throw new Error(`There is no column ${column} in sight.`);
  return box;
}

async function widthOf(page: Page, column: string): Promise<number> {
  return Math.round((await boxOf(page, column)).width);
}

/** Pull the right edge of a column. */
async function dragEdge(page: Page, column: string, by: number): Promise<void> {
  const { x, y, width, height } = await boxOf(page, column);
  await page.mouse.move(x + width - 1, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width - 1 + by, y + height / 2, { steps: 5 });
  await page.mouse.up();
}

/** Drag a column to the place of another one. */
async function dragOnto(page: Page, column: string, target: string): Promise<void> {
  const from = await boxOf(page, column);
  const to = await boxOf(page, target);
  await page.mouse.move(from.x + 30, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + 40, to.y + to.height / 2, { steps: 12 });
  await page.mouse.move(to.x + 5, to.y + to.height / 2, { steps: 6 });
  await page.mouse.up();
}
