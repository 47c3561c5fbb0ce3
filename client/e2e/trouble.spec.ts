/** Stories of things going wrong: nothing that was typed is lost, nothing is done twice. */
import { cell, expect, PASSWORD, test, type } from "./rowlock";

test.describe("with short leases", () => {
  test.use({
    serverSettings: {
      ROWLOCK_LEASE_SECONDS: "4",
      ROWLOCK_COOLDOWN_SECONDS: "2",
      ROWLOCK_CLEANUP_SECONDS: "0.5",
    },
  });

  test("a lost lease keeps the text and offers it again", async ({ enter, server }) => {
    await server.start();
    const ana = await enter("ana");
    const bruno = await enter("bruno");
    await type(ana, 2, "broker", "Typed before lunch");
    await expect(ana.getByRole("alert")).toContainText("Your hold on this row has ended");
    await type(bruno, 2, "broker", "Meanwhile");
    await bruno.keyboard.press("Enter");
    await expect(cell(bruno, 2, "broker")).toHaveText("Meanwhile");
    await ana.keyboard.press("Enter");
    const unsaved = ana.getByRole("region", { name: "Edits that were not saved" });
    await expect(unsaved).toContainText("Typed before lunch");
    await expect(unsaved).toContainText("It says “Meanwhile” now.");
    await expect(async () => {
      await unsaved.getByRole("button", { name: "Try again" }).click();
      await expect(cell(bruno, 2, "broker")).toHaveText("Typed before lunch", { timeout: 1_000 });
    }).toPass();
    await expect(unsaved).toBeHidden();
  });

  test("typing keeps a lease alive beyond its term", async ({ enter, server }) => {
    await server.start();
    const ana = await enter("ana");
    await cell(ana, 2, "broker").click();
    for (let second = 0; second < 7; second += 1) {
      await ana.keyboard.type("x");
      await ana.waitForTimeout(1_000);
    }
    await ana.keyboard.press("Enter");
    await expect(cell(ana, 2, "broker")).toHaveText("xxxxxxx");
    await expect(ana.getByRole("region", { name: "Edits that were not saved" })).toBeHidden();
  });
});

test("a server killed under one's hands: typed edits wait, and are saved once", async ({ enter, server }) => {
  await server.start();
  const ana = await enter("ana");
  await type(ana, 1, "broker", "Typed while it d");
  await server.kill();
  await expect(ana.getByText(/Server away/)).toBeVisible();
  await ana.keyboard.type("ied");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 1, "broker")).toHaveText("Typed while it died");
  await type(ana, 3, "pnl", "99");
  await ana.keyboard.press("Enter");
  await expect(ana.getByText("Server away · 2 kept")).toBeVisible();
  await server.start();
  await expect(ana.getByText("Live", { exact: true })).toBeVisible({ timeout: 20_000 });
  const { events } = await server.ask<{ events: { cells: object }[] }>(
    "bruno",
    "/api/events?kind=row_updated",
  );
  await expect
    .poll(
      async () =>
        (await server.ask<{ events: unknown[] }>("bruno", "/api/events?kind=row_updated")).events.length,
    )
    .toBe(2);
  expect(events.length).toBeLessThanOrEqual(2);
  const bruno = await enter("bruno");
  await expect(cell(bruno, 1, "broker")).toHaveText("Typed while it died");
  await expect(cell(bruno, 3, "pnl")).toHaveText("99");
});

test("edits survive a reload while the server is away", async ({ enter, server }) => {
  await server.start();
  const ana = await enter("ana");
  await server.kill();
  await type(ana, 1, "broker", "Kept over a reload");
  await ana.keyboard.press("Enter");
  await server.start();
  await ana.reload();
  await expect(cell(ana, 1, "broker")).toHaveText("Kept over a reload");
  const bruno = await enter("bruno");
  await expect(cell(bruno, 1, "broker")).toHaveText("Kept over a reload");
});

test("what others did while one was away is there after the reconnect", async ({ enter, server }) => {
  await server.start();
  const ana = await enter("ana");
  await ana.context().setOffline(true);
  await server.kill();
  await server.start();
  await server.ask("bruno", "/api/update_csv/2", {
    method: "PUT",
    body: JSON.stringify({ user: "changed away" }),
  });
  await server.ask("bruno", "/api/add_csv?after=0", {
    method: "POST",
    body: JSON.stringify({ user: "came away" }),
  });
  await ana.context().setOffline(false);
  await expect(cell(ana, 1, "user")).toHaveText("came away", { timeout: 20_000 });
  await expect(cell(ana, 3, "user")).toHaveText("changed away");
});

test("signing out in one window ends all windows of the session", async ({ enter, server }) => {
  await server.start();
  const first = await enter("ana");
  const second = await first.context().newPage();
  await second.goto(first.url());
  await expect(cell(second, 0, "user")).toHaveText("amelie");
  await first.getByRole("button", { name: /Account of ana/ }).click();
  await first.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(first.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(second.getByRole("button", { name: "Sign in" })).toBeVisible();
  await expect(cell(second, 0, "user")).toBeHidden();
});

test.describe("with a session of six seconds", () => {
  test.use({ serverSettings: { ROWLOCK_TOKEN_HOURS: String(6 / 3600) } });

  test("a session that ends keeps what is being typed", async ({ enter, server }) => {
    await server.start();
    const ana = await enter("ana");
    await type(ana, 1, "broker", "Typed as it ended");
    await ana.keyboard.press("Enter");
    const dialog = ana.getByRole("dialog", { name: "Your session has ended" });
    await expect(dialog).toBeVisible({ timeout: 20_000 });
    await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await dialog.getByRole("button", { name: "Sign in" }).click();
    await expect(dialog).toBeHidden();
    await expect(cell(ana, 1, "broker")).toHaveText("Typed as it ended");
  });
});

test("wrong passwords, taken names and a server that is away are said plainly", async ({ page, server }) => {
  await server.start();
  await server.ask("ana", "/api/session");
  await page.goto(server.url);
  const name = page.getByLabel("Name");
  const password = page.getByLabel("Password", { exact: true });
  await name.fill("ana");
  await password.fill("something else");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toHaveText("That name and password do not go together.");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toContainText("Somebody has this name already");
  await server.kill();
  await page.getByRole("button", { name: "Create account" }).click();
  await expect(page.getByRole("alert")).toContainText("The server cannot be reached");
});
