/** Stories of editing: alone and with others. */
import { cell, expect, test, type } from "./rowlock";

test.beforeEach(({ server }) => server.start());

test("an edit arrives in the other browser, and nowhere else", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(ana, 2, "broker", "Heron & Sons");
  await ana.keyboard.press("Enter");
  await expect(cell(bruno, 2, "broker")).toHaveText("Heron & Sons");
  await expect(cell(ana, 2, "broker")).toHaveText("Heron & Sons");
  await expect(cell(bruno, 3, "broker")).toHaveText("Saltmarsh Capital");
});

test("text that looks like markup stays text", async ({ enter }) => {
  const ana = await enter("ana");
  const evil = `<img src=x onerror="document.title='owned'">`;
  await type(ana, 0, "broker", evil);
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 0, "broker")).toHaveText(evil);
  await expect(ana).toHaveTitle("Rowlock");
});

test("Escape leaves the text as it was, F2 goes on with it, Tab and arrows go on to the next cell", async ({
  enter,
}) => {
  const ana = await enter("ana");
  await type(ana, 1, "user", "nonsense");
  await ana.keyboard.press("Escape");
  await expect(cell(ana, 1, "user")).toHaveText("bruno");
  await ana.keyboard.press("F2");
  await ana.keyboard.press("End");
  await ana.keyboard.type(" senior");
  await ana.keyboard.press("Tab");
  await expect(cell(ana, 1, "user")).toHaveText("bruno senior");
  await ana.keyboard.type("typed after Tab");
  await ana.keyboard.press("ArrowDown");
  await expect(cell(ana, 1, "broker")).toHaveText("typed after Tab");
  await ana.keyboard.type("below");
  await ana.keyboard.press("Enter");
  await expect(cell(ana, 2, "broker")).toHaveText("below");
});

test("a row that somebody edits says so at the cell, and tells when it is free", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(ana, 4, "broker", "Typing");
  await expect(bruno.getByRole("img", { name: /ana is editing/ }).first()).toBeVisible();
  await cell(bruno, 4, "pnl").dblclick();
  await expect(bruno.getByRole("alert")).toContainText("ana is editing this row");
  await bruno.getByRole("button", { name: "Tell me when it is free" }).click();
  await ana.keyboard.press("Escape");
  await cell(ana, 0, "user").click();
  await expect(bruno.getByText("Row 4 is free now.")).toBeVisible();
});

test("a row that was just edited cools, except for its editor", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await type(ana, 5, "pnl", "1");
  await ana.keyboard.press("Enter");
  await cell(ana, 0, "user").click();
  await expect(bruno.getByRole("img", { name: /Free again in \d+ s/ })).toBeVisible();
  await cell(bruno, 5, "pnl").click();
  await bruno.keyboard.press("5");
  await expect(bruno.getByRole("alert")).toContainText("ana has just edited this row");
  await type(ana, 5, "pnl", "2");
  await ana.keyboard.press("Enter");
  await expect(cell(bruno, 5, "pnl")).toHaveText("2");
});

test("one's own second window moves the row over, and no key is lost while the server is asked", async ({
  enter,
}) => {
  const first = await enter("ana");
  await type(first, 3, "user", "half a wo");
  const second = await first.context().newPage();
  let delay = 0;
  await second.routeWebSocket(/socket\.io/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => setTimeout(() => server.send(message), delay));
  });
  await second.goto(first.url());
  await expect(second.getByText("Live", { exact: true })).toBeVisible();
  await cell(second, 3, "user").dblclick();
  await expect(second.getByRole("alert")).toContainText("in another window");
  delay = 1_000;
  await second.getByRole("button", { name: "Move it here" }).click();
  await second.keyboard.press("Control+a");
  await second.keyboard.type("moved over");
  await second.keyboard.press("Enter");
  await expect(cell(second, 3, "user")).toHaveText("moved over");
});

test("1,000 cells are pasted as one change", async ({ enter, server }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  const lines = Array.from({ length: 200 }, (_, row) =>
    Array.from({ length: 5 }, (_, at) => `r${row}c${at}`).join("\t"),
  );
  await cell(ana, 0, "user").click();
  await ana.evaluate((text) => navigator.clipboard.writeText(text), `${lines.join("\r\n")}\r\n`);
  await ana.keyboard.press("Control+v");
  await expect(ana.getByText("200 rows")).toBeVisible();
  await expect(cell(bruno, 11, "pnl")).toHaveText("r11c4");
  await expect(bruno.getByText("200 rows")).toBeVisible();
  const { events } = await server.ask<{ events: { batch?: number; position: number }[] }>(
    "clara",
    "/api/events?after=1",
  );
  const batches = new Set(events.filter(({ batch }) => batch !== undefined).map(({ batch }) => batch));
  expect(batches.size).toBe(1);
});

test("a range is copied, pasted elsewhere and emptied", async ({ enter }) => {
  const ana = await enter("ana");
  await cell(ana, 0, "user").click();
  await ana.keyboard.press("Shift+ArrowDown");
  await ana.keyboard.press("Shift+ArrowRight");
  await ana.keyboard.press("Control+c");
  await cell(ana, 8, "user").click();
  await ana.keyboard.press("Control+v");
  await expect(cell(ana, 9, "broker")).toHaveText("Halyard Markets");
  await ana.keyboard.press("Delete");
  await expect(cell(ana, 9, "broker")).toHaveText("");
  await expect(cell(ana, 8, "user")).toHaveText("");
});

test("rows are added where one is and deleted again", async ({ enter }) => {
  const ana = await enter("ana");
  const bruno = await enter("bruno");
  await cell(ana, 3, "user").click();
  await ana.getByRole("button", { name: "Add row" }).click();
  await expect(bruno.getByText("13 rows")).toBeVisible();
  await expect(cell(bruno, 4, "#row")).toHaveText(/12$/);
  await expect(cell(bruno, 5, "user")).toHaveText("esther");
  await cell(ana, 4, "user").click({ button: "right" });
  await ana.getByRole("menuitem", { name: "Delete row 12" }).click();
  await expect(bruno.getByText("12 rows")).toBeVisible();
  await expect(cell(bruno, 4, "user")).toHaveText("esther");
});
