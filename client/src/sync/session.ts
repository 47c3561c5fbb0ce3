/** Who is signed in, kept over reloads and shared by the windows of this browser. */
import { createStore } from "zustand/vanilla";
import { readStored, writeStored } from "@/lib/storage";
import type { Http } from "./http";
import type { TokenShape } from "./shapes";

const NAME = "rowlock.session";

export interface Session {
  readonly token: string;
  readonly username: string;
  readonly expiresAt: string;
}

export interface SessionState {
  readonly session: Session | null;
  /** The server no longer accepts the session, but what was typed is still here: sign in again to go on. */
  readonly ended: boolean;
}

export const sessionStore = createStore<SessionState>(() => ({ session: stored(), ended: false }));

export async function signIn(http: Http, username: string, password: string): Promise<void> {
  const answer = await http.ask<TokenShape>("POST", "/api/login", { body: { username, password } });
  keep({ token: answer.access_token, username: answer.username, expiresAt: answer.expires_at });
}

export async function register(http: Http, username: string, password: string): Promise<void> {
  await http.ask("POST", "/api/register", { body: { username, password } });
  await signIn(http, username, password);
}

/** Sign out here and in every window of this session; a server that is away hears of it by the token's end. */
export async function signOut(http: Http): Promise<void> {
  await http.ask("POST", "/api/logout").catch(() => undefined);
  keep(null);
}

/** The server said that the session is over. */
export function endSession(): void {
  if (sessionStore.getState().session !== null) sessionStore.setState({ ended: true });
}

function keep(session: Session | null): void {
  writeStored(localStorage, NAME, session);
  sessionStore.setState({ session, ended: false });
}

function stored(): Session | null {
  const value = readStored(localStorage, NAME);
  return isSession(value) && Date.parse(value.expiresAt) > Date.now() ? value : null;
}

function isSession(value: unknown): value is Session {
  return (
    typeof value === "object" &&
    value !== null &&
    "token" in value &&
    "username" in value &&
    "expiresAt" in value
  );
}

// Another window of this browser signed in or out.
addEventListener("storage", (event) => {
  if (event.key === NAME || event.key === null) sessionStore.setState({ session: stored(), ended: false });
});
