/** A real server for each story, on a folder of its own, and people who use it in browsers of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, test as base, expect, type Locator, type Page } from "@playwright/test";

const ROOT = join(import.meta.dirname, "../..");
const VENV = join(ROOT, ".venv/bin/python");
const PYTHON = process.env.PYTHON ?? (existsSync(VENV) ? VENV : "python3");
const FIRST_PORT = 8220;
const PASSWORD = "correct horse battery";
let ports = 0;

export type Settings = Readonly<Record<string, string>>;

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "rowlock-e2e-"));
  readonly url: string;
  readonly #port = FIRST_PORT + (ports++ % 60);
  readonly #settings: Settings;
  #process: ChildProcess | undefined;

  constructor(settings: Settings = {}) {
    this.url = `http://127.0.0.1:${this.#port}`;
    this.#settings = settings;
  }

  /** Put a table there before the first start. */
  writeTable(csv: string): void {
    mkdirSync(join(this.folder, "data"), { recursive: true });
    writeFileSync(join(this.folder, "data/backend_table.csv"), csv);
  }

  async start(): Promise<void> {
    this.#process = spawn(PYTHON, ["-m", "rowlock", "serve", "--port", String(this.#port)], {
      cwd: this.folder,
      stdio: ["ignore", "inherit", "inherit"],
      env: {
        ...process.env,
        ROWLOCK_LOG_LEVEL: "ERROR",
        ROWLOCK_DATA_DIR: join(this.folder, "data"),
        ROWLOCK_BACKUP_DIR: join(this.folder, "backups"),
        ...this.#settings,
      },
    });
    await expect
      .poll(
        () =>
          fetch(`${this.url}/api/health`).then(
            ({ status }) => status,
            () => 0,
          ),
        { timeout: 30_000 },
      )
      .toBe(200);
  }

  /** End it at once, as a power cut would. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async remove(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Ask the server directly, as a person of this name. */
  async ask<T>(username: string, path: string, init: RequestInit = {}): Promise<T> {
    const login = await fetch(`${this.url}/api/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    const { access_token } = (await login.json()) as { access_token: string };
    const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
    const answer = await fetch(this.url + path, { ...init, headers });
    return (await answer.json()) as T;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    if (ending === undefined || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await gone;
  }
}

interface Stage {
  readonly serverSettings: Settings;
  readonly server: Server;
  /** A person in a browser of their own, signed in and at the table. */
  readonly enter: (username: string, page?: Page) => Promise<Page>;
}

export const test = base.extend<Stage>({
  serverSettings: [{}, { option: true }],
  server: async ({ serverSettings }, use) => {
    const server = new Server(serverSettings);
    await use(server);
    await server.remove();
  },
  enter: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (username, given) => {
      let page = given;
      if (page === undefined) {
        const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"] });
        contexts.push(context);
        page = await context.newPage();
      }
      await page.goto(server.url);
      await signIn(page, username);
      await expect(page.locator('[row-index="0"] [role="gridcell"]').first()).toBeVisible();
      return page;
    });
    for (const context of contexts) await context.close();
  },
});

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

export { expect };
