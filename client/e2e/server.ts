/** Real servers for the stories, each on a folder and a port of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "@playwright/test";

const ROOT = join(import.meta.dirname, "../..");
const VENV = join(ROOT, ".venv/bin/python");
const PYTHON = process.env.PYTHON ?? (existsSync(VENV) ? VENV : "python3");
export const PASSWORD = "correct horse battery";

export type Settings = Readonly<Record<string, string>>;

/** The process that servers are forked from. */
export class Nursery {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.#process = spawn(PYTHON, [join(import.meta.dirname, "nursery.py")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    if (this.#process.stdout === null) throw new Error("The nursery has no output.");
    this.#answers = createInterface(this.#process.stdout)[Symbol.asyncIterator]();
  }

  /** Ask for one thing at a time; the answer is a number. */
  async ask(asked: object): Promise<number> {
    this.#process.stdin?.write(`${JSON.stringify(asked)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error("The nursery of servers has ended.");
    return Number(value);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin?.end();
    await gone;
  }
}

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "rowlock-e2e-"));
  readonly url: string;
  readonly #port: number;
  readonly #nursery: Nursery;
  readonly #settings: Settings;
  #pid: number | undefined;

  private constructor(nursery: Nursery, settings: Settings, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#port = port;
    this.#nursery = nursery;
    this.#settings = settings;
  }

  static async at(nursery: Nursery, settings: Settings): Promise<Server> {
    return new Server(nursery, settings, await freePort());
  }

  /** Put a table there before the first start. */
  writeTable(csv: string): void {
    mkdirSync(join(this.folder, "data"), { recursive: true });
    writeFileSync(join(this.folder, "data/backend_table.csv"), csv);
  }

  async start(): Promise<void> {
    const env = {
      ROWLOCK_LOG_LEVEL: "ERROR",
      ROWLOCK_DATA_DIR: join(this.folder, "data"),
      ROWLOCK_BACKUP_DIR: join(this.folder, "backups"),
      ...this.#settings,
    };
    this.#pid = await this.#nursery.ask({ serve: { folder: this.folder, port: this.#port, env } });
    const health = () =>
      fetch(`${this.url}/api/health`).then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(health, { timeout: 30_000, intervals: [40] }).toBe(200);
  }

  /** End it at once, as a power cut would. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  async remove(): Promise<void> {
    await this.#end("SIGTERM");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the server answers to a login of this name. */
  async login(username: string): Promise<Login> {
    const answer = await fetch(`${this.url}/api/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username, password: PASSWORD }),
    });
    return (await answer.json()) as Login;
  }

  /** Ask the server directly, as a person of this name. */
  async ask<T>(username: string, path: string, init: RequestInit = {}): Promise<T> {
    const { access_token } = await this.login(username);
    const headers = { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" };
    const answer = await fetch(this.url + path, { ...init, headers });
    return (await answer.json()) as T;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const pid = this.#pid;
    this.#pid = undefined;
    if (pid !== undefined) await this.#nursery.ask({ end: pid, signal });
  }
}

interface Login {
  readonly access_token: string;
  readonly username: string;
  readonly expires_at: string;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("No port.")),
      );
    });
  });
}
