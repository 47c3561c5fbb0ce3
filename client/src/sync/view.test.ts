import { describe, expect, test } from "vitest";
import type { TableEvent } from "./events";
import type { Row } from "./rows";
import { View, type ViewNews, type Window } from "./view";

const row = (index: number, text = `text ${index}`): Row => ({ index, version: 1, cells: [text] });
const table = Array.from({ length: 300 }, (_, index) => row(index));
const common = { at: "", actor: "bruno" };
const updated = (position: number, index: number, to: string): TableEvent => ({
  ...common,
  position,
  kind: "row_updated",
  index,
  cells: { name: { from: "", to } },
});
const added = (position: number, index: number, after: number): TableEvent => ({
  ...common,
  position,
  kind: "row_added",
  index,
  after,
  cells: {},
});

/** A view over 300 rows as of position 10; `later` are events that come while a window is on its way. */
function viewed(later: readonly TableEvent[] = []) {
  const news: ViewNews[] = [];
  const view = new View({
    fetch: (_query, offset, limit): Promise<Window> =>
      Promise.resolve({
        columns: ["name"],
        rows: table.slice(offset, offset + limit),
        total: 300,
        position: 10,
      }),
    arrived: () => Promise.resolve(),
    since: () => later,
  });
  view.news.on((each) => news.push(each));
  return { view, news };
}

const indexes = (rows: readonly Row[] | undefined) => rows?.map(({ index }) => index);

describe("A view", () => {
  test("loads a window and has it at hand afterwards", async () => {
    const { view } = viewed();
    expect(view.read(0, 3)).toBeUndefined();
    expect(indexes(await view.load(0, 3))).toEqual([0, 1, 2]);
    expect(indexes(view.read(0, 3))).toEqual([0, 1, 2]);
    expect(view.total).toBe(300);
  });

  test("brings a window up to date with what happened while it was on its way", async () => {
    const { view } = viewed([added(11, 300, 1), updated(12, 2, "newer")]);
    const rows = await view.load(0, 5);
    expect(indexes(rows)).toEqual([0, 1, 300, 2, 3]);
    expect(rows[3]?.cells).toEqual(["newer"]);
  });

  test("tells which cells changed, by whom", async () => {
    const { view, news } = viewed();
    await view.load(0, 10);
    view.evolve(updated(11, 4, "new"));
    view.settle();
    expect(view.row(4)?.cells).toEqual(["new"]);
    expect(news.at(-1)).toMatchObject({
      kind: "cells",
      changes: [{ index: 4, actor: "bruno", columns: ["name"] }],
    });
  });

  test("keeps the rows of a sort where they are, and counts what would move them", async () => {
    const { view } = viewed();
    view.ask({ text: "", filters: [], sort: { column: "name", descending: false } });
    await view.load(0, 10);
    view.evolve(updated(11, 4, "zzz"));
    view.evolve(added(12, 300, 4));
    expect(indexes(view.read(3, 7))).toEqual([3, 4, 5, 6]);
    expect(view.row(4)?.cells).toEqual(["zzz"]);
    expect(view.drift).toBe(2);
  });

  test("loads anew what was torn by a row that came where nobody has looked", async () => {
    const { view } = viewed();
    await view.load(0, 10);
    view.evolve(added(11, 300, 200));
    expect(view.read(0, 10)).toBeUndefined();
    expect(indexes(await view.load(0, 3))).toEqual([0, 1, 2]);
  });
});
