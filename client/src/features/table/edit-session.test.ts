import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Leases } from "@/sync/leases";
import { Outbox } from "@/sync/outbox";
import type { Row } from "@/sync/rows";
import { EditSession } from "./edit-session";

const LINGER_MS = 20_000;
const row: Row = { index: 5, version: 3, cells: ["farid", "0"] };

/** A person at a table whose server answers a question for a row after `delay` milliseconds. */
function sessionAt(delay: number) {
  const given: number[] = [];
  const later = <T>(answer: T) => new Promise<T>((resolve) => setTimeout(() => resolve(answer), delay));
  const leases = new Leases({
    lock: (index) => later({ index, token: 40, expires_in: 900 }),
    renew: (index, token) => later({ index, token, expires_in: 900 }),
    unlock: (index) => Promise.resolve(void given.push(index)),
  });
  const outbox = new Outbox({
    prepare: (pending) => Promise.resolve(pending),
    send: () => Promise.resolve({ position: 7 }),
    reached: () => Promise.resolve(),
    store: () => undefined,
  });
  const session = new EditSession({ leases, outbox, view: { row: () => row } });
  function edit(text: string) {
    session.begin({ index: 5, column: "pnl" }, row, "0");
    session.type(text);
    session.commit({ index: 5, column: "pnl" }, text);
    session.end();
  }
  return { session, leases, edit, given };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("A row that was edited", () => {
  test("stays ours for a while if one stays at it", async () => {
    const { edit, given } = sessionAt(10);
    edit("1");
    await vi.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(given).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(given).toEqual([5]);
  });

  test("is given back when one goes to another", async () => {
    const { session, edit, given } = sessionAt(10);
    edit("1");
    await vi.advanceTimersByTimeAsync(100);
    session.moveTo(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(given).toEqual([5]);
  });

  test("is given back even if one has gone before the server said that it is ours", async () => {
    const { session, edit, given } = sessionAt(500);
    edit("1");
    session.moveTo(0);
    await vi.advanceTimersByTimeAsync(600);
    expect(given).toEqual([5]);
  });

  test("is given back if one goes to another while its editor is still open", async () => {
    const { session, given } = sessionAt(10);
    session.begin({ index: 5, column: "pnl" }, row, "0");
    await vi.advanceTimersByTimeAsync(100);
    session.moveTo(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(given).toEqual([]);
    session.end();
    await vi.advanceTimersByTimeAsync(100);
    expect(given).toEqual([5]);
  });

  test("stays ours if one comes back while the server is still asked for it", async () => {
    const { session, leases, edit, given } = sessionAt(500);
    edit("1");
    session.moveTo(0);
    await vi.advanceTimersByTimeAsync(100);
    session.begin({ index: 5, column: "user" }, row, "farid");
    await vi.advanceTimersByTimeAsync(LINGER_MS);
    expect(given).toEqual([]);
    expect(leases.held(5)).toBeDefined();
  });
});
