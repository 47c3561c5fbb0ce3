import { describe, expect, test, vi } from "vitest";
import type { TableEvent, Update } from "./events";
import { Follower, type SyncAnswer } from "./follower";

const event = (position: number): TableEvent =>
  ({ position, kind: "row_updated", index: 0, at: "", actor: "ana", cells: {} }) as const;

const update = (after: number, position: number): Update => ({
  after,
  position,
  events: Array.from({ length: position - after }, (_, at) => event(after + 1 + at)),
});

/** A follower at position 10 whose server answers `sync` when the test says so. */
function following() {
  const applied: number[] = [];
  const reload = vi.fn();
  const asked: number[] = [];
  let answer: (value: SyncAnswer) => void = () => undefined;
  const follower = new Follower({
    apply: ({ position }) => applied.push(position),
    settled: () => undefined,
    sync: (after) => {
      asked.push(after);
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
    reload,
  });
  follower.startAt(10);
  return {
    follower,
    applied,
    asked,
    reload,
    answer: (value: SyncAnswer) => {
      answer(value);
      return tick();
    },
  };
}

const tick = () => new Promise((resolve) => setTimeout(resolve));

describe("A follower", () => {
  test("applies events in order", () => {
    const { follower, applied } = following();
    follower.receive(update(10, 12));
    follower.receive(update(12, 13));
    expect(applied).toEqual([11, 12, 13]);
  });

  test("applies an event once, though it comes twice", () => {
    const { follower, applied } = following();
    follower.receive(update(10, 12));
    follower.receive(update(9, 13));
    expect(applied).toEqual([11, 12, 13]);
  });

  test("asks for what is missing, and applies what came meanwhile after it", async () => {
    const { follower, applied, asked, answer } = following();
    follower.receive(update(12, 13));
    follower.receive(update(13, 14));
    expect(asked).toEqual([10]);
    await answer({ position: 13, events: update(10, 13).events });
    expect(applied).toEqual([11, 12, 13, 14]);
  });

  test("loads everything anew when it is too far behind", async () => {
    const { follower, reload, answer } = following();
    follower.receive(update(90_000, 90_001));
    await answer({ reload: true });
    expect(reload).toHaveBeenCalledOnce();
    expect(follower.position).toBeNull();
  });

  test("loads everything anew when the server says so in an update", () => {
    const { follower, reload } = following();
    follower.receive({ ...update(10, 10), reload: true });
    expect(reload).toHaveBeenCalledOnce();
  });

  test("loads everything anew after an import, whose rows are not in its event", () => {
    const { follower, reload } = following();
    const imported = {
      position: 11,
      kind: "table_imported",
      at: "",
      actor: "ana",
      columns: [],
      rows: 0,
    } as const;
    follower.receive({ after: 10, position: 11, events: [imported] });
    expect(reload).toHaveBeenCalledOnce();
  });

  test("wakes those who wait for a position", async () => {
    const { follower } = following();
    const reached = vi.fn();
    void follower.reached(12).then(reached);
    follower.receive(update(10, 11));
    await tick();
    expect(reached).not.toHaveBeenCalled();
    follower.receive(update(11, 12));
    await tick();
    expect(reached).toHaveBeenCalledOnce();
  });

  test("knows the events since a position, or that it does not", () => {
    const { follower } = following();
    follower.receive(update(10, 13));
    expect(follower.since(11)?.map(({ position }) => position)).toEqual([12, 13]);
    expect(follower.since(5)).toBeUndefined();
  });
});
