import { describe, expect, test, vi } from "vitest";
import { Outbox, type Pending } from "./outbox";
import { type Problem, Refused, Unreachable } from "./problem";

const LOCKED: Problem = {
  code: "row_locked",
  detail: "",
  status: 423,
  index: 3,
  holder: "bruno",
  expires_in: 9,
};
const typed = (text: string) => ({ ops: [{ op: "update", index: 3, cells: { price: text } }] }) as const;

function outboxThat(send: (pending: Pending) => Promise<{ position: number }>) {
  const stored: (readonly Pending[])[] = [];
  let arrive = () => undefined as undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = () => void resolve() as undefined;
  });
  const outbox = new Outbox({
    prepare: (pending) => Promise.resolve(pending),
    send,
    reached: () => arrived,
    store: (list) => stored.push(list),
  });
  return { outbox, stored, arrive };
}

const tick = () => new Promise((resolve) => setTimeout(resolve));

describe("An outbox", () => {
  test("shows what was typed until the table has it", async () => {
    const { outbox, arrive } = outboxThat(() => Promise.resolve({ position: 7 }));
    outbox.submit(typed("9"));
    expect(outbox.overlay(3, "price")).toEqual({ text: "9", state: "waiting" });
    await tick();
    expect(outbox.overlay(3, "price")).toEqual({ text: "9", state: "saved" });
    arrive();
    await tick();
    expect(outbox.list).toEqual([]);
  });

  test("sends again under the same key when the server was away", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const keys: string[] = [];
    const { outbox } = outboxThat(({ key }) => {
      keys.push(key);
      return keys.length < 2 ? Promise.reject(new Unreachable()) : Promise.resolve({ position: 7 });
    });
    outbox.submit(typed("9"));
    await vi.advanceTimersByTimeAsync(2_500);
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
    vi.useRealTimers();
  });

  test("keeps a refused text, and tries again under a new key", async () => {
    const keys: string[] = [];
    const { outbox } = outboxThat(({ key }) => {
      keys.push(key);
      return keys.length < 2 ? Promise.reject(new Refused(LOCKED)) : Promise.resolve({ position: 7 });
    });
    const key = outbox.submit(typed("9"));
    await tick();
    expect(outbox.list[0]).toMatchObject({ state: "refused", problem: { code: "row_locked" } });
    outbox.tryAgain(key, 44);
    await tick();
    expect(new Set(keys).size).toBe(2);
    expect(outbox.list[0]).toMatchObject({ state: "saved", token: 44 });
  });

  test("a refusal does not hold up what comes after it", async () => {
    const sent: string[] = [];
    const { outbox } = outboxThat(({ ops }) => {
      sent.push(ops[0]?.cells?.price ?? "");
      return sent.length === 1 ? Promise.reject(new Refused(LOCKED)) : Promise.resolve({ position: 7 });
    });
    outbox.submit(typed("first"));
    outbox.submit(typed("second"));
    await tick();
    expect(sent).toEqual(["first", "second"]);
  });

  test("an ended session is no refusal: the text waits", async () => {
    const ended = new Refused({ code: "unauthorized", detail: "", status: 401 });
    const { outbox } = outboxThat(() => Promise.reject(ended));
    outbox.submit(typed("9"));
    await tick();
    expect(outbox.list[0]?.state).toBe("waiting");
    outbox.stop();
  });

  test("takes over what an earlier page left, once", () => {
    const { outbox } = outboxThat(() => new Promise(() => undefined));
    const left: Pending = { ...typed("9"), key: "k", state: "waiting", sent: true };
    outbox.adopt([left, { ...left, key: "done", state: "saved" }]);
    outbox.adopt([left]);
    expect(outbox.list.map(({ key }) => key)).toEqual(["k"]);
  });
});
