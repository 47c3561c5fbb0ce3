/**
 * The story of those who cannot see the screen, or not well: axe looks at every page, and at all that opens.
 * On its way the pictures of the documents are taken.
 */
import { expectAccessible, picture } from "./looking";
import { cell, expect, type Server, test, type } from "./rowlock";

const LONG =
  "A long note on this desk: it trades only in the morning, never on a Friday, and wants its orders confirmed.";

const DIALOG = '[role="dialog"]:not([aria-hidden="true"])';

// Enough numbers for a plot by the time the story comes to them.
test.use({ serverSettings: { ROWLOCK_NUMBER_SECONDS: "0.5" } });

/** Axe takes its time, and this asks it for all that opens. */
test.describe.configure({ timeout: 150_000 });

for (const [width, height] of [
  [1280, 800],
  [390, 844],
] as const) {
  test(`axe finds nothing in the table and what opens in it, ${width} wide`, async ({
    enter,
    server,
    page,
  }) => {
    test.setTimeout(180_000);
    await server.start();
    await page.setViewportSize({ width, height });
    await page.goto(server.url);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expectAccessible(page, "sign in, with what is missing");
    await enter("ana", page);
    const bruno = await enter("bruno");
    await type(bruno, 4, "broker", "Held");
    await change(server, "clara", 7, { pnl: "-1912.75" });
    await expect(page.getByRole("img", { name: /Free again in/ })).toBeVisible();
    await cell(page, 4, "broker").dblclick();
    await expect(page.getByRole("alert")).toContainText("bruno is editing this row");
    await picture(page, "table");
    await expectAccessible(page, "a held row and its notice");
    await page.getByRole("button", { name: "Close this notice" }).click();

    await type(page, 3, "broker", LONG);
    await page.keyboard.press("Enter");
    await cell(page, 3, "broker").dblclick();
    await expect(page.getByRole("dialog", { name: "broker, editing" })).toBeVisible();
    await expectAccessible(page, "the box of a long text", DIALOG);
    await page.keyboard.press("Escape");

    await cell(page, 3, "user").click({ button: "right" });
    await expectAccessible(page, "the menu of a row");
    await page.getByRole("menuitem", { name: "History of row 3" }).click();
    await expect(page.getByRole("dialog", { name: "History of row 3" })).toContainText("A long note");
    await expectAccessible(page, "the history of a row", DIALOG);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();

    await page.getByRole("columnheader", { name: "broker" }).click({ button: "right" });
    await expectAccessible(page, "the menu of a column");
    await page.getByRole("menuitem", { name: "Rename “broker”" }).click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("user");
    await page.keyboard.press("Enter");
    await expect(page.getByText("There is a column “user” already.")).toBeVisible();
    await expectAccessible(page, "the name of a column, refused", DIALOG);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();

    await page.getByRole("button", { name: "Columns" }).click();
    await expect(page.getByRole("dialog", { name: "Columns" })).toBeVisible();
    await expectAccessible(page, "the columns", DIALOG);
    await page.keyboard.press("Escape");
    await page.getByLabel("Search all cells").fill("nowhere at all");
    await expect(page.getByText("No row matches")).toBeVisible();
    await expectAccessible(page, "a search without result");
    await page.getByRole("button", { name: "Show all rows" }).click();
    await expect(cell(page, 0, "user")).toBeVisible();

    await cell(page, 9, "user").click({ button: "right" });
    await page.getByRole("menuitem", { name: "Delete row 9" }).click();
    await expect(page.getByRole("button", { name: "Undo" })).toBeVisible();
    await page.getByRole("button", { name: /Account of ana/ }).click();
    await expectAccessible(page, "a toast and the menu of the account");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Find a command" }).click();
    await expect(page.getByRole("dialog", { name: "Commands" })).toBeVisible();
    await expectAccessible(page, "the commands", DIALOG);
    await page.keyboard.type("shortcuts");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
    await expectAccessible(page, "the shortcuts", DIALOG);
  });

  test(`axe finds nothing on the other pages and what opens there, ${width} wide`, async ({
    enter,
    server,
    page,
  }) => {
    test.setTimeout(180_000);
    await server.start();
    await page.setViewportSize({ width, height });
    await enter("ana", page);
    await change(server, "bruno", 0, { pnl: "1310.00", max_risk: "0.03" });
    await change(server, "clara", 3, { broker: "Halyard Markets" });
    await change(server, "clara", 8, { margin: "9000" });
    await type(page, 2, "broker", "A mistake");
    await page.keyboard.press("Enter");
    await expect(cell(page, 2, "broker")).toHaveText("A mistake");

    await page.getByRole("link", { name: "History", exact: true }).click();
    await page.getByRole("checkbox", { name: /Select what ana did/ }).check();
    await expectAccessible(page, "history, an entry selected");
    await page.getByRole("button", { name: "Undo the selected…" }).click();
    await expect(page.getByRole("dialog")).toContainText("A mistake → Northwind Futures");
    await expectAccessible(page, "an undo before it is done", DIALOG);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();

    await page.getByText("Table at a moment").click();
    await expect(page.getByText("The table as it is now")).toBeVisible();
    await expect(cell(page, 2, "broker")).toHaveText("A mistake");
    await page.getByRole("slider", { name: "Moment" }).press("Home");
    await expect(cell(page, 2, "broker")).toHaveText("Northwind Futures");
    await picture(page, "moment");
    await cell(page, 2, "broker").click();
    await page.getByRole("button", { name: "Restore", exact: true }).click();
    await expectAccessible(page, "the table at a moment, and what can be restored");
    await page.getByRole("menuitem", { name: "The whole table…" }).click();
    await expect(page.getByRole("dialog")).toContainText("Compared with");
    await expectAccessible(page, "a restore before it is done", DIALOG);
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();

    await page.getByRole("link", { name: "Recovery", exact: true }).click();
    await page.locator('input[type="file"]').setInputFiles({
      name: "brokers.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("user,broker\nchiara,Imported Ltd\nzoe,New & Co\n"),
    });
    await page.getByText("Merge by a column").click();
    await page.getByRole("combobox", { name: /which row is which/ }).click();
    await expectAccessible(page, "the columns of a file");
    await page.getByRole("option", { name: "user", exact: true }).click();
    await page.getByRole("button", { name: "Preview" }).click();
    await expect(page.getByText("A mistake → Imported Ltd")).toBeVisible();
    await picture(page, "import");
    await expectAccessible(page, "recovery, an import before it is done");

    await page.getByRole("link", { name: "Numbers", exact: true }).click();
    await expect(page.getByRole("region", { name: "Stored numbers" }).getByRole("row").nth(1)).toBeVisible();
    await page.getByRole("button", { name: "Pause" }).click();
    await picture(page, "numbers");
    await expectAccessible(page, "numbers");

    await page.goto(`${server.url}/nowhere`);
    await expect(page.getByRole("heading", { name: "There is nothing here" })).toBeVisible();
    await expectAccessible(page, "an address that leads nowhere");
  });
}

/** What somebody else does meanwhile. */
async function change(
  server: Server,
  who: string,
  index: number,
  cells: Record<string, string>,
): Promise<void> {
  await server.ask(who, `/api/update_csv/${index}`, { method: "PUT", body: JSON.stringify(cells) });
}
