/** Requests to the server: JSON in and out, refusals and silence as two kinds of errors. */
import { isProblem, Refused, Unreachable } from "./problem";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Ask {
  readonly params?: Params;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, where a whole table is worked on. */
  readonly patience?: number;
}

const PATIENCE_MS = 20_000;
/** For what takes the longer the larger the table is. */
export const LONG_MS = 300_000;

export class Http {
  readonly #token: () => string | undefined;
  readonly #client: string;
  readonly #unauthorized: () => void;

  constructor(client: string, token: () => string | undefined, unauthorized: () => void) {
    this.#client = client;
    this.#token = token;
    this.#unauthorized = unauthorized;
  }

  /** The answer; raises `Refused` or `Unreachable`. */
  async ask<T>(method: Method, path: string, given: Ask = {}): Promise<T> {
    const response = await this.#fetch(method, path, given);
    const text = await whole(response.text());
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw this.#refusal(response, text);
  }

  /** A file; raises the same. */
  async download(path: string, params?: Params): Promise<Blob> {
    const response = await this.#fetch("GET", path, { params: params ?? {}, patience: LONG_MS });
    if (!response.ok) throw this.#refusal(response, await whole(response.text()));
    return whole(response.blob());
  }

  #refusal(response: Response, text: string): Refused {
    const problem = problemOf(response, text);
    if (response.status === 401 && problem.code !== "bad_credentials") this.#unauthorized();
    return new Refused(problem);
  }

  async #fetch(method: Method, path: string, given: Ask): Promise<Response> {
    const headers = new Headers(given.headers);
    headers.set("Client-Id", this.#client);
    const token = this.#token();
    if (token !== undefined) headers.set("Authorization", `Bearer ${token}`);
    const form = given.body instanceof FormData;
    // Of a form the browser says the type itself, with the boundary it has chosen.
    if (given.body !== undefined && !form) headers.set("Content-Type", "application/json");
    const patience = AbortSignal.timeout(given.patience ?? PATIENCE_MS);
    try {
      return await fetch(path + queryOf(given.params), {
        method,
        headers,
        signal: given.signal === undefined ? patience : AbortSignal.any([given.signal, patience]),
        ...(given.body === undefined ? {} : { body: bodyOf(given.body) }),
      });
    } catch (error) {
      if (given.signal?.aborted) throw error;
      throw new Unreachable(error);
    }
  }
}

function bodyOf(body: unknown): BodyInit {
  return body instanceof FormData ? body : JSON.stringify(body);
}

function whole<T>(reading: Promise<T>): Promise<T> {
  return reading.catch((error: unknown) => {
    throw new Unreachable(error);
  });
}

function queryOf(params: Params | undefined): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params ?? {})) {
    if (Array.isArray(value)) for (const each of value) search.append(name, each);
    else if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/** A gateway before the server may answer with a page of its own: then the status must do. */
function problemOf(response: Response, text: string) {
  try {
    const value: unknown = JSON.parse(text);
    if (isProblem(value)) return value;
  } catch {
    // Not JSON, so not the server's own words.
  }
  if (response.status >= 500) throw new Unreachable(text);
  return {
    code: "unexpected",
    detail: `The server answered with status ${response.status}.`,
    status: response.status,
  };
}
