/** Stories of second thoughts: taking back what one did, here and from other pages, and what stands in the way. */
import type { Page } from "@playwright/test";
import { cell, edit, expect, go, overwrite, type Server, test } from "./rowlock";

test.beforeEach(({ server }) => server.start());

test("Ctrl+Z takes back one's own edits, the last first, and the other sees it; Ctrl+Y does them again", async ({
  enter,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await edit(ana, 2, "First");
  await edit(ana, 2, "Second");
  await edit(bruno, 4, "Bruno's own");
  await expect(cell(bruno, 2, "broker")).toHaveText("Second");
  await expect(cell(ana, 4, "broker")).toHaveText("Bruno's own");
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 2, "broker")).toHaveText("First");
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 2, "broker")).toHaveText("Northwind Futures");
  await expect(cell(ana, 4, "broker")).toHaveText("Bruno's own");
  await ana.keyboard.press("Control+y");
  await ana.keyboard.press("Control+Shift+z");
  await expect(cell(bruno, 2, "broker")).toHaveText("Second");
});

test("one's own edits are undone and done again from other pages, but not while one types there", async ({
  enter,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await edit(ana, 2, "A mistake");
  await go(ana, "Numbers");
  await ana.keyboard.press("Control+z");
  await expect(ana.getByText("1 change undone.")).toBeVisible();
  await expect(cell(bruno, 2, "broker")).toHaveText("Northwind Futures");
  await go(ana, "Recovery");
  await ana.keyboard.press("Control+y");
  await expect(cell(bruno, 2, "broker")).toHaveText("A mistake");
  await go(ana, "History");
  await expect(ana.getByRole("listitem").filter({ hasText: "by an undo" })).toHaveCount(2);
  await ana.getByLabel("By whom").fill("an");
  await ana.keyboard.press("Control+z");
  await expect(ana.getByLabel("By whom")).not.toHaveValue("an");
  await expect(cell(bruno, 2, "broker")).toHaveText("A mistake");
});

test("after a reload one's edits can still be undone, and what happens is still listed", async ({
  enter,
}) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await edit(ana, 1, "First");
  await edit(ana, 2, "Second");
  // Until then the row has the text that the undo gives it again.
  await expect(cell(bruno, 2, "broker")).toHaveText("Second");
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 2, "broker")).toHaveText("Northwind Futures");
  await go(ana, "History");
  await ana.reload();
  await expect(ana.getByRole("listitem").filter({ hasText: "by an undo" })).toHaveCount(1);
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 1, "broker")).toHaveText("Halyard Markets");
  await expect(ana.getByRole("listitem").filter({ hasText: "by an undo" })).toHaveCount(2);
  await ana.keyboard.press("Control+y");
  await ana.keyboard.press("Control+y");
  await expect(cell(bruno, 1, "broker")).toHaveText("First");
  await expect(cell(bruno, 2, "broker")).toHaveText("Second");
});

test("a deleted row comes back from the toast", async ({ enter }) => {
  const ana = await enter("ana");
  await cell(ana, 1, "user").click({ button: "right" });
  await ana.getByRole("menuitem", { name: "Delete row 1" }).click();
  await expect(cell(ana, 1, "user")).toHaveText("chiara");
  await ana.getByRole("alert").getByRole("button", { name: "Undo" }).click();
  await expect(cell(ana, 1, "user")).toHaveText("bruno");
});

test("a deleted column comes back with its texts, at its place", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await ana.getByRole("columnheader", { name: "broker" }).click({ button: "right" });
  await ana.getByRole("menuitem", { name: "Delete “broker”" }).click();
  await expect(bruno.getByRole("columnheader", { name: "broker" })).toBeHidden();
  await cell(ana, 0, "user").click();
  await ana.keyboard.press("Control+z");
  await expect(cell(bruno, 2, "broker")).toHaveText("Northwind Futures");
  await expect(bruno.getByRole("columnheader").nth(2)).toHaveText("broker");
});

test("an undo that somebody's later edit stands in the way of says so, and can be skipped", async ({
  enter,
  server,
}) => {
  const ana = await enter("ana");
  await edit(ana, 1, "Before");
  await savedOver(ana, server);
  await ana.keyboard.press("Control+z");
  const dialog = ana.getByRole("dialog");
  await expect(dialog).toContainText("Row 2, broker: file changed it again later.");
  await dialog.getByRole("button", { name: "Skip it" }).click();
  await expect(dialog).toBeHidden();
  await cell(ana, 1, "broker").click();
  await ana.keyboard.press("Control+z");
  await expect(cell(ana, 1, "broker")).toHaveText("Halyard Markets");
  await expect(cell(ana, 2, "broker")).toHaveText("Saved outside");
});

test("an entry of the history is undone after a look at what that does", async ({ enter }) => {
  const ana = await enter("ana");
  await edit(ana, 2, "A mistake");
  await go(ana, "History");
  await entryOf(ana, "A mistake").getByRole("button", { name: /^Undo/ }).click();
  const dialog = ana.getByRole("dialog");
  await expect(dialog).toContainText("A mistake → Northwind Futures");
  await dialog.getByRole("button", { name: "Undo", exact: true }).click();
  await expect(ana.getByRole("listitem").filter({ hasText: "by an undo" })).toBeVisible();
});

test("an entry that later edits stand in the way of is undone without them, or with them", async ({
  enter,
  server,
}) => {
  const ana = await enter("ana");
  await savedOver(ana, server);
  await go(ana, "History");
  await entryOf(ana, "Mine").last().getByRole("button", { name: /^Undo/ }).click();
  const dialog = ana.getByRole("dialog");
  await expect(dialog).toContainText("Row 2, broker: file changed it again later.");
  await expect(dialog).toContainText("So nothing would be undone.");
  await expect(dialog.getByRole("button", { name: "Undo the rest" })).toBeDisabled();
  await dialog.getByRole("radio", { name: "Undo the later changes as well" }).click();
  await expect(dialog).toContainText("It takes back 1 later change as well, by file.");
  await expect(dialog).toContainText("Saved outside → Northwind Futures");
  await dialog.getByRole("button", { name: "Undo all of it" }).click();
  await expect(ana.getByText("2 changes undone.")).toBeVisible();
  await go(ana, "Table");
  await expect(cell(ana, 2, "broker")).toHaveText("Northwind Futures");
  await ana.getByRole("button", { name: "Undo that" }).click();
  await expect(cell(ana, 2, "broker")).toHaveText("Saved outside");
});

function entryOf(page: Page, text: string) {
  return page.getByRole("listitem").filter({ hasText: text });
}

/** Ana's edit of row 2 is overwritten from outside, once nobody holds a row. */
async function savedOver(ana: Page, server: Server): Promise<void> {
  await edit(ana, 2, "Mine");
  await cell(ana, 6, "user").click();
  const held = () => server.ask<{ status: string }[]>("ana", "/api/leases");
  await expect.poll(async () => (await held()).filter(({ status }) => status === "locked")).toEqual([]);
  await overwrite(server, "Mine", "Saved outside");
  await expect(cell(ana, 2, "broker")).toHaveText("Saved outside");
}
