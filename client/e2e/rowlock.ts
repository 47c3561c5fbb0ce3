/** The stage of a story: a server of its own, and people who use it in browsers of their own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test";
import { Nursery, PASSWORD, Server, type Settings } from "./server";

interface Stage {
  readonly serverSettings: Settings;
  readonly server: Server;
  /** A person in a browser of their own, signed in and at the table. */
  readonly enter: (username: string, page?: Page) => Promise<Page>;
}

export const test = base.extend<Stage, { readonly nursery: Nursery }>({
  nursery: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern what a fixture needs.
    async ({}, use) => {
      const nursery = new Nursery();
      await use(nursery);
      await nursery.close();
    },
    { scope: "worker" },
  ],
  serverSettings: [{}, { option: true }],
  server: async ({ nursery, serverSettings }, use) => {
    const server = await Server.at(nursery, serverSettings);
    await use(server);
    await server.remove();
  },
  enter: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (username, given) => {
      let page = given;
      if (page === undefined) {
        const context = await browser.newContext({ storageState: await signedIn(server, username) });
        contexts.push(context);
        page = await context.newPage();
        await page.goto(server.url);
        await expect(page.getByText("Live", { exact: true }).first()).toBeVisible();
      } else {
        await page.goto(server.url);
        await signIn(page, username);
      }
      await expect(page.locator('[row-index="0"] [role="gridcell"]').first()).toBeVisible();
      return page;
    });
    for (const context of contexts) await context.close();
  },
});

/** What a browser has stored in which somebody signed in before: that story is told once, not in each. */
async function signedIn(server: Server, name: string) {
  const { access_token: token, username, expires_at: expiresAt } = await server.login(name);
  const session = { name: "rowlock.session", value: JSON.stringify({ token, username, expiresAt }) };
  return { cookies: [], origins: [{ origin: server.url, localStorage: [session] }] };
}

export async function signIn(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.getByLabel("Name").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Live", { exact: true }).first()).toBeVisible();
}

export function cell(page: Page, place: number, column: string): Locator {
  return page.locator(`[row-index="${place}"] [col-id="${column}"]`);
}

/** Click a cell and type; the caller decides how it ends. */
export async function type(page: Page, place: number, column: string, text: string): Promise<void> {
  await cell(page, place, column).click();
  await page.keyboard.type(text);
}

/** Go to a page by the navigation. */
export async function go(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name, exact: true }).click();
}

/** Type a broker and see it saved. */
export async function edit(page: Page, place: number, text: string): Promise<void> {
  await type(page, place, "broker", text);
  await page.keyboard.press("Enter");
  await expect(cell(page, place, "broker")).toHaveText(text);
}

export type { Server };
/** Another program saves over the file, once it has what it saves over. */
export async function overwrite(server: Server, old: string, text: string): Promise<void> {
  const path = join(server.folder, "data/backend_table.csv");
  await expect.poll(() => readFileSync(path, "utf8")).toContain(old);
  writeFileSync(path, readFileSync(path, "utf8").replace(old, text));
}

export { expect, PASSWORD };
