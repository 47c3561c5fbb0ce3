/** Stories of getting back: restore, conflicts with the file, imports, columns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { cell, edit, expect, go, overwrite, test, type } from "./rowlock";

test.beforeEach(({ server }) => server.start());

test("a backup is looked at, restored with one click, and that is undone", async ({ enter }) => {
  const ana = await enter("ana");
  await go(ana, "Recovery");
  await ana.getByRole("button", { name: "Make one now" }).click();
  await expect(ana.getByRole("listitem").filter({ hasText: "position 1 ·" }).first()).toBeVisible();
  await go(ana, "Table");
  await edit(ana, 2, "A mistake");
  await go(ana, "Recovery");
  await ana
    .getByRole("listitem")
    .filter({ hasText: "position 1 ·" })
    .first()
    .getByRole("button", { name: "Restore…" })
    .click();
  const dialog = ana.getByRole("dialog");
  await expect(dialog).toContainText("A mistake → Northwind Futures");
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(ana.getByText(/Restored the backup of/)).toBeVisible();
  await go(ana, "Table");
  await expect(cell(ana, 2, "broker")).toHaveText("Northwind Futures");
  await ana.getByRole("button", { name: "Undo that" }).click();
  await expect(cell(ana, 2, "broker")).toHaveText("A mistake");
});

test("a save from outside that touches a held row is shown, and accepted by hand", async ({
  enter,
  server,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(bruno, 2, "broker", "Half a wo");
  await expect(ana.getByRole("img", { name: /bruno is editing/ }).first()).toBeVisible();
  await overwrite(server, "chiara,Northwind Futures", "chiara,From the spreadsheet");
  await ana.getByRole("button", { name: "Look at it" }).click();
  const conflict = ana.getByRole("article");
  await expect(conflict).toContainText("Row 2, broker");
  await expect(conflict).toContainText("From the spreadsheet");
  await bruno.keyboard.press("Escape");
  await cell(bruno, 6, "user").click();
  await expect(ana.getByRole("button", { name: "Take the file's values" })).toBeEnabled();
  await expect(async () => {
    await conflict.getByRole("button", { name: "Take the file's values" }).click({ timeout: 1_000 });
    await expect(conflict).toBeHidden({ timeout: 1_000 });
  }).toPass();
  await expect(cell(bruno, 2, "broker")).toHaveText("From the spreadsheet");
});

test("a file is tried, then merged by a column", async ({ enter }) => {
  const ana = await enter("ana");
  await go(ana, "Recovery");
  await ana.locator('input[type="file"]').setInputFiles({
    name: "brokers.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("user,broker\nchiara,Imported Ltd\nzoe,New & Co\n"),
  });
  await ana.getByText("Merge by a column").click();
  await ana.getByRole("combobox", { name: /which row is which/ }).click();
  await ana.getByRole("option", { name: "user", exact: true }).click();
  await ana.getByRole("button", { name: "Preview" }).click();
  const card = ana.getByRole("region", { name: "Import a file" });
  await expect(card).toContainText("1 row changes, 1 row comes");
  await expect(card).toContainText("Northwind Futures → Imported Ltd");
  await card.getByRole("button", { name: "Import", exact: true }).click();
  await expect(ana.getByText(/brokers.csv is in the table/)).toBeVisible();
  const download = ana.waitForEvent("download");
  await ana.getByRole("button", { name: "Download: The file itself" }).click();
  expect(readFileSync(await (await download).path(), "utf8")).toContain("Imported Ltd");
});

test("from the table at a moment one row is restored", async ({ enter }) => {
  const ana = await enter("ana");
  await edit(ana, 1, "Stays");
  await edit(ana, 2, "Goes");
  await go(ana, "History");
  await ana
    .getByRole("button", { name: /Table then/ })
    .last()
    .click();
  await cell(ana, 2, "broker").click();
  await ana.getByRole("button", { name: "Restore", exact: true }).click();
  await ana.getByRole("menuitem", { name: "Row 2…", exact: true }).click();
  await ana.getByRole("dialog").getByRole("button", { name: "Restore", exact: true }).click();
  await go(ana, "Table");
  await expect(cell(ana, 2, "broker")).toHaveText("Northwind Futures");
  await expect(cell(ana, 1, "broker")).toHaveText("Stays");
});

test("a column is added, and renamed from its header, for everybody", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await ana.getByRole("button", { name: "Columns" }).click();
  await ana.getByRole("button", { name: "Add a column" }).click();
  await ana.getByRole("textbox", { name: "Name", exact: true }).fill("note");
  await ana.keyboard.press("Enter");
  await expect(bruno.getByRole("columnheader", { name: "note" })).toBeVisible();
  await ana.getByRole("columnheader", { name: "broker" }).click({ button: "right" });
  await ana.getByRole("menuitem", { name: "Rename “broker”" }).click();
  await ana.getByRole("textbox", { name: "Name", exact: true }).fill("house");
  await ana.keyboard.press("Enter");
  await expect(bruno.getByRole("columnheader", { name: "house" })).toBeVisible();
  await expect(cell(bruno, 2, "house")).toHaveText("Northwind Futures");
});

test("axe finds nothing on what is new, wide and narrow", async ({ enter, server }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(bruno, 2, "broker", "Held");
  await expect(ana.getByRole("img", { name: /bruno is editing/ }).first()).toBeVisible();
  await overwrite(server, "chiara,Northwind Futures", "chiara,From the spreadsheet");
  await ana.getByRole("button", { name: "Look at it" }).click();
  await expect(ana.getByRole("article")).toBeVisible();
  await ana.getByRole("button", { name: "Make one now" }).click();
  for (const width of [1440, 390]) {
    await ana.setViewportSize({ width, height: 844 });
    await ana.waitForTimeout(600);
    await shoot(ana, `recovery-${width}`);
    await expectNothing(ana, `Recovery at ${width}`);
    await go(ana, "History");
    await expect(ana.getByText("Table then").first()).toBeVisible();
    await shoot(ana, `history-${width}`);
    await expectNothing(ana, `History at ${width}`);
    await ana.getByText("Table at a moment").click();
    await expect(cell(ana, 0, "user")).toBeVisible();
    await shoot(ana, `moment-${width}`);
    await go(ana, "Recovery");
    await ana
      .getByRole("button", { name: /^Restore…/ })
      .last()
      .click();
    await expect(ana.getByRole("dialog")).toContainText("Compared with");
    await shoot(ana, `restore-${width}`);
    await expectNothing(ana, `restore at ${width}`);
    await ana.keyboard.press("Escape");
    await expect(ana.getByRole("dialog")).toBeHidden();
  }
});

/** For the eyes; only where somebody wants to look. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env.SHOTS;
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function expectNothing(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`);
  expect(found, where).toEqual([]);
}
