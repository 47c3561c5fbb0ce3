/** Stories of getting back: restore, conflicts with the file, imports, columns. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "./looking";
import { cell, edit, expect, go, overwrite, test, type } from "./rowlock";

test.beforeEach(({ server }) => server.start());

/** The backup of the table as it was first. */
function firstBackup(page: Page): Locator {
  return page.getByRole("listitem").filter({ hasText: "position 1 ·" }).first();
}

test("a backup is looked at, restored with one click, and that is undone", async ({ enter }) => {
  const ana = await enter("ana");
  await go(ana, "Recovery");
  await ana.getByRole("button", { name: "Make one now" }).click();
  await expect(firstBackup(ana)).toBeVisible();
  await go(ana, "Table");
  await edit(ana, 2, "A mistake");
  await go(ana, "Recovery");
  await firstBackup(ana).getByRole("button", { name: "Restore…" }).click();
  const dialog = ana.getByRole("dialog");
  await expect(dialog).toContainText("A mistake → Northwind Futures");
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(ana.getByText(/Restored the backup of/)).toBeVisible();
  await go(ana, "Table");
  await expect(cell(ana, 2, "broker")).toHaveText("Northwind Futures");
  await ana.getByRole("button", { name: "Undo that" }).click();
  await expect(cell(ana, 2, "broker")).toHaveText("A mistake");
});

test("what a restore would do is told anew when somebody edits meanwhile", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await go(ana, "Recovery");
  await ana.getByRole("button", { name: "Make one now" }).click();
  await firstBackup(ana).getByRole("button", { name: "Restore…" }).click();
  await expect(ana.getByRole("dialog")).toContainText("no row is different");
  await edit(bruno, 2, "Meanwhile");
  await expect(ana.getByRole("dialog")).toContainText("Meanwhile → Northwind Futures");
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
  await expectAccessible(ana, "a conflict with the file");
  await bruno.keyboard.press("Escape");
  await cell(bruno, 6, "user").click();
  await expect(ana.getByRole("button", { name: "Take the file's values" })).toBeEnabled();
  await expect(async () => {
    await conflict.getByRole("button", { name: "Take the file's values" }).click({ timeout: 1_000 });
    await expect(conflict).toBeHidden({ timeout: 1_000 });
  }).toPass();
  await expect(cell(bruno, 2, "broker")).toHaveText("From the spreadsheet");
});

test("a save from outside that was set aside is dismissed: the table stays as it is", async ({
  enter,
  server,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(bruno, 2, "broker", "Bruno types");
  await expect(ana.getByRole("img", { name: /bruno is editing/ }).first()).toBeVisible();
  await overwrite(server, "chiara,Northwind Futures", "chiara,From the spreadsheet");
  await ana.getByRole("button", { name: "Look at it" }).click();
  const conflict = ana.getByRole("article");
  await expect(conflict).toContainText("From the spreadsheet");
  await conflict.getByRole("button", { name: "Keep the table's" }).click();
  await expect(ana.getByText("The table stays as it is.")).toBeVisible();
  await expect(conflict).toBeHidden();
  await bruno.keyboard.press("Enter");
  await go(ana, "Table");
  await expect(cell(ana, 2, "broker")).toHaveText("Bruno types");
  await ana.reload();
  await go(ana, "Recovery");
  await expect(ana.getByRole("button", { name: "Make one now" })).toBeVisible();
  await expect(ana.getByRole("article")).toBeHidden();
});

test("a file is tried, then merged by a column", async ({ enter }) => {
  const ana = await enter("ana");
  await go(ana, "Recovery");
  await choose(ana, "user,broker\nchiara,Imported Ltd\nbruno,Halyard Markets\nzoe,New & Co\n");
  await mergeBy(ana, "user");
  await ana.getByRole("button", { name: "Preview" }).click();
  const card = ana.getByRole("region", { name: "Import a file" });
  await expect(card).toContainText("1 row changes, 1 row comes, 1 stay the same");
  const verdicts = card.getByRole("region", { name: "What would change" }).getByRole("listitem");
  await expect(verdicts.nth(0)).toContainText("Line 2, row 2 changes");
  await expect(verdicts.nth(0)).toContainText("Northwind Futures → Imported Ltd");
  await expect(verdicts.nth(1)).toContainText("Line 3, row 1 stays");
  await expect(verdicts.nth(2)).toContainText("Line 4 comes");
  await card.getByRole("button", { name: "Import", exact: true }).click();
  await expect(ana.getByText(/brokers.csv is in the table/)).toBeVisible();
  const download = ana.waitForEvent("download");
  await ana.getByRole("button", { name: "Download: The file itself" }).click();
  expect(readFileSync(await (await download).path(), "utf8")).toContain("Imported Ltd");
});

test("a file that is written otherwise and has a column more is merged once that is said", async ({
  enter,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await go(ana, "Recovery");
  const card = ana.getByRole("region", { name: "Import a file" });
  await choose(ana, "user;note\nchiara;café\n", "latin1");
  await mergeBy(ana, "user");
  await ana.getByRole("button", { name: "Preview" }).click();
  await expect(card.getByRole("alert")).toContainText("not valid utf-8");
  await card.getByRole("button", { name: "More options" }).click();
  await card.getByRole("combobox", { name: "Characters" }).click();
  await ana.getByRole("option", { name: "Western (Latin-1)" }).click();
  await card.getByRole("combobox", { name: "Between the cells" }).click();
  await ana.getByRole("option", { name: "Semicolon" }).click();
  await ana.getByRole("button", { name: "Preview" }).click();
  await expect(card.getByRole("alert")).toContainText("The table has no column “note”");
  await card.getByRole("checkbox", { name: "Add the columns that the table lacks" }).check();
  await ana.getByRole("button", { name: "Preview" }).click();
  await expect(card).toContainText("Line 2, row 2 changes");
  await card.getByRole("button", { name: "Import", exact: true }).click();
  await expect(cell(bruno, 2, "note")).toHaveText("café");
});

test("a file replaces the table after a look at each row, and that is undone", async ({ enter, server }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await go(ana, "Recovery");
  const lines = readFileSync(join(server.folder, "data/backend_table.csv"), "utf8").trimEnd().split("\n");
  const [header = "", first = "", , ...rest] = lines;
  const last = header.replace(/[^,]+/g, "new");
  await choose(ana, [header, first.replace("amelie", "Amélie"), ...rest, last, ""].join("\n"));
  await ana.getByRole("button", { name: "Preview" }).click();
  const card = ana.getByRole("region", { name: "Import a file" });
  await expect(card).toContainText("1 row changes, 1 row comes, 1 row goes, 10 stay the same");
  await expect(card).toContainText("amelie → Amélie");
  await expect(card.getByRole("listitem").filter({ hasText: "Row 1 goes" })).toContainText("bruno");
  await expect(cell(bruno, 1, "user")).toHaveText("bruno");
  await card.getByRole("button", { name: "Import", exact: true }).click();
  await expect(cell(bruno, 0, "user")).toHaveText("Amélie");
  await expect(cell(bruno, 1, "user")).toHaveText("chiara");
  await expect(cell(bruno, 11, "user")).toHaveText("new");
  await ana.getByRole("button", { name: "Undo that" }).click();
  await expect(cell(bruno, 1, "user")).toHaveText("bruno");
  await expect(bruno.getByText("12 rows")).toBeVisible();
});

test("from the table at a moment one row is restored, one cell, and all of it", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await edit(ana, 1, "Stays");
  await edit(ana, 2, "Goes");
  await type(ana, 3, "user", "Somebody");
  await ana.keyboard.press("Enter");
  await edit(ana, 3, "Else");
  await go(ana, "History");
  await ana
    .getByRole("button", { name: /Table then/ })
    .last()
    .click();
  await restore(ana, 2, "Row 2…");
  await expect(cell(bruno, 2, "broker")).toHaveText("Northwind Futures");
  await restore(ana, 3, "Only “broker” in row 3…");
  await expect(cell(bruno, 3, "broker")).toHaveText("Saltmarsh Capital");
  await expect(cell(bruno, 3, "user")).toHaveText("Somebody");
  await expect(cell(bruno, 1, "broker")).toHaveText("Stays");
  await restore(ana, 1, "The whole table…");
  await expect(cell(bruno, 1, "broker")).toHaveText("Halyard Markets");
  await expect(cell(bruno, 3, "user")).toHaveText("dmitri");
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 1, "broker")).toHaveText("Stays");
});

test("a row of the table at a moment that is clicked before it has come can be restored", async ({
  enter,
}) => {
  const ana = await enter("ana");
  await edit(ana, 2, "Goes");
  await go(ana, "History");
  let asked = 0;
  let come: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    come = resolve;
  });
  await ana.route(/fetch_csv\?.*at=/, async (route) => {
    asked += 1;
    if (asked > 1) await held; // the first one is for the columns
    await route.continue();
  });
  await ana
    .getByRole("button", { name: /Table then/ })
    .last()
    .click();
  await cell(ana, 2, "broker").click();
  come();
  await expect(cell(ana, 2, "broker")).toHaveText("Northwind Futures");
  await ana.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(ana.getByRole("menuitem", { name: "Row 2…", exact: true })).toBeVisible();
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

/** Choose a file to import. */
async function choose(page: Page, text: string, encoding: BufferEncoding = "utf8"): Promise<void> {
  const file = { name: "brokers.csv", mimeType: "text/csv", buffer: Buffer.from(text, encoding) };
  await page.locator('input[type="file"]').setInputFiles(file);
}

async function mergeBy(page: Page, column: string): Promise<void> {
  await page.getByText("Merge by a column").click();
  await page.getByRole("combobox", { name: /which row is which/ }).click();
  await page.getByRole("option", { name: column, exact: true }).click();
}

/** Bring something of the table at a moment back: the cell that is clicked first says which row and cell. */
async function restore(page: Page, place: number, what: string): Promise<void> {
  await cell(page, place, "broker").click();
  await page.getByRole("button", { name: "Restore", exact: true }).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Restore", exact: true }).click();
  await expect(dialog).toBeHidden();
}
