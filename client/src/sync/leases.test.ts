import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type LeaseCalls, type LeaseNews, Leases } from "./leases";
import { Refused, Unreachable } from "./problem";

const TERM = 900;
const granted = (index: number, token: number) => ({ index, token, expires_in: TERM });
const at = { position: 0, at: "", actor: "ana" };

function leasesWith(calls: Partial<LeaseCalls> = {}) {
  const all: LeaseCalls = {
    lock: vi.fn((index: number) => Promise.resolve(granted(index, 40))),
    renew: vi.fn((index: number, token: number) => Promise.resolve(granted(index, token))),
    unlock: vi.fn(() => Promise.resolve()),
    ...calls,
  };
  const news: LeaseNews[] = [];
  const leases = new Leases(all);
  leases.news.on((each) => news.push(each));
  return { leases, news, calls: all };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Leases", () => {
  test("are asked for once, however often one begins to type", async () => {
    const { leases, calls } = leasesWith();
    await Promise.all([leases.take(3), leases.take(3)]);
    await leases.take(3);
    expect(calls.lock).toHaveBeenCalledOnce();
    expect(leases.held(3)?.token).toBe(40);
  });

  test("that are taken over count as ours to type in while the server is asked, and no longer if it refuses", async () => {
    const locked = new Refused({ code: "row_locked", detail: "", status: 423 });
    const { leases, calls } = leasesWith({ lock: vi.fn().mockRejectedValueOnce(locked) });
    const answer = leases.take(3, true);
    expect(leases.isTakenOver(3)).toBe(true);
    const begun = leases.take(3);
    await expect(answer).rejects.toBe(locked);
    await expect(begun).rejects.toBe(locked);
    expect(calls.lock).toHaveBeenCalledExactlyOnceWith(3, true);
    expect(leases.isTakenOver(3)).toBe(false);
  });

  test("are renewed only after a third of their term", async () => {
    const { leases, calls } = leasesWith();
    await leases.take(3);
    await leases.renew(3);
    expect(calls.renew).not.toHaveBeenCalled();
    vi.advanceTimersByTime((TERM * 1000) / 3 + 1);
    await leases.renew(3);
    expect(calls.renew).toHaveBeenCalledWith(3, 40);
  });

  test("are not believed in once their term is over, whatever the wall clock says", async () => {
    const { leases } = leasesWith();
    await leases.take(3);
    vi.advanceTimersByTime(TERM * 1000);
    expect(leases.held(3)).toBeUndefined();
  });

  test("are lost when the server refuses to renew them, not when it is away", async () => {
    const stale = new Refused({ code: "stale_lease", detail: "", status: 409 });
    const renew = vi.fn().mockRejectedValueOnce(new Unreachable()).mockRejectedValueOnce(stale);
    const { leases, news } = leasesWith({ renew });
    await leases.take(3);
    vi.advanceTimersByTime((TERM * 1000) / 2);
    expect(await leases.renew(3)).toBe(true);
    expect(await leases.renew(3)).toBe(false);
    expect(news).toContainEqual({ kind: "lost", index: 3 });
  });

  test("are lost by the event that ends them, but not by that of an older one", async () => {
    const { leases } = leasesWith();
    await leases.take(3);
    leases.evolve({ ...at, kind: "lease_expired", index: 3, token: 39 });
    expect(leases.held(3)).toBeDefined();
    leases.evolve({ ...at, kind: "lease_expired", index: 3, token: 40 });
    expect(leases.held(3)).toBeUndefined();
  });

  test("are lost when another window of ours takes them over", async () => {
    const { leases, news } = leasesWith();
    await leases.take(3);
    leases.evolve({ ...at, kind: "lease_granted", index: 3, token: 41, holder: "ana" });
    expect(news.at(-1)).toEqual({ kind: "lost", index: 3 });
  });

  test("tell who holds a row, until the time is over", () => {
    const { leases } = leasesWith();
    leases.say({ index: 5, status: "cooldown", holder: "bruno", expires_in: 15 });
    expect(leases.status(5)).toMatchObject({ status: "cooldown", holder: "bruno" });
    vi.advanceTimersByTime(15_001);
    expect(leases.status(5)).toBeUndefined();
  });

  test("learn from a refusal who holds the row", async () => {
    const problem = {
      code: "row_locked",
      detail: "",
      status: 423,
      index: 5,
      holder: "bruno",
      expires_in: 60,
    };
    const { leases } = leasesWith({ lock: () => Promise.reject(new Refused(problem)) });
    await expect(leases.take(5)).rejects.toThrow(Refused);
    expect(leases.status(5)).toMatchObject({ status: "locked", holder: "bruno" });
  });

  test("are given back with their token, once nothing needs the row", async () => {
    const { leases, calls } = leasesWith();
    await leases.take(3);
    await leases.release(3);
    await leases.release(3);
    expect(calls.unlock).toHaveBeenCalledExactlyOnceWith(3, 40);
  });
});
