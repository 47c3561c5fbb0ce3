import { describe, expect, test, vi } from "vitest";
import type { OnConflict, Selection, UndoAnswer } from "./past";
import { Refused, type UndoConflict } from "./problem";
import { NO_STEPS, type Steps, UndoStack } from "./undo-stack";
import { storedSteps, storeSteps } from "./undo-store";

function refusal(...conflicts: readonly UndoConflict[]): Refused {
  return new Refused({ code: "undo_conflict", detail: "", status: 409, conflicts });
}
const later: UndoConflict = { position: 5, code: "later_edit", detail: "", index: 1, by: 9, actor: "bruno" };

/** A stack whose server takes everything back, at positions from 100 on, unless the test says otherwise. */
function stack(undo?: (selection: Selection, onConflict: OnConflict) => Promise<UndoAnswer>, before?: Steps) {
  let position = 100;
  const asked: Selection[] = [];
  const undos = new UndoStack(
    {
      store: (steps) => storeSteps("ana", steps),
      quiet: () => Promise.resolve(),
      selectionAt: (at) => Promise.resolve(at === 66 ? undefined : { positions: [at] }),
      undo: (selection, onConflict) => {
        asked.push(selection);
        return (
          undo?.(selection, onConflict) ??
          Promise.resolve({ position: position++, undone: [1], conflicts: [] })
        );
      },
    },
    before,
  );
  return { undos, asked };
}

describe("Undo", () => {
  test("takes back the last deed first, and redo takes back the undo", async () => {
    const { undos, asked } = stack();
    undos.did(4);
    undos.did(5);
    await undos.go("undo");
    await undos.go("undo");
    await undos.go("redo");
    expect(asked).toEqual([{ positions: [5] }, { positions: [4] }, { positions: [101] }]);
    expect(await undos.go("redo")).toMatchObject({ kind: "done" });
    expect(await undos.go("redo")).toEqual({ kind: "nothing" });
  });

  test("forgets what could be redone once something new is done", async () => {
    const { undos } = stack();
    undos.did(4);
    await undos.go("undo");
    undos.did(7);
    expect(await undos.go("redo")).toEqual({ kind: "nothing" });
  });

  test("goes on with the deed before where the last one was undone elsewhere or was not one's own", async () => {
    const { undos, asked } = stack((selection) =>
      "positions" in selection && selection.positions[0] === 5
        ? Promise.reject(refusal({ ...later, code: "already_undone" }))
        : Promise.resolve({ position: 100, undone: [4], conflicts: [] }),
    );
    undos.did(4);
    undos.did(5);
    undos.did(66);
    expect(await undos.go("undo")).toMatchObject({ kind: "done", count: 1 });
    expect(asked).toEqual([{ positions: [5] }, { positions: [4] }]);
  });

  test("takes back a certain deed when asked, once", async () => {
    const { undos, asked } = stack();
    undos.did(4);
    undos.did(5);
    expect(undos.next(4)).toBe(true);
    await undos.go("undo");
    expect(asked).toEqual([{ positions: [4] }]);
    expect(undos.next(4)).toBe(false);
  });

  test("says what stands in the way, and can be told to skip it", async () => {
    const undo = vi
      .fn()
      .mockRejectedValueOnce(refusal(later))
      .mockResolvedValue({ position: 100, undone: [4], conflicts: [] });
    const { undos, asked } = stack(undo);
    undos.did(4);
    undos.did(5);
    expect(await undos.go("undo")).toEqual({ kind: "conflict", conflicts: [later], partial: false });
    undos.skip("undo");
    await undos.go("undo");
    expect(asked.at(-1)).toEqual({ positions: [4] });
  });

  test("keeps the step where the server was away", async () => {
    const undo = vi
      .fn()
      .mockRejectedValueOnce(new Error("away"))
      .mockResolvedValue({
        position: 100,
        undone: [4],
        conflicts: [],
      });
    const { undos } = stack(undo);
    undos.did(4);
    await expect(undos.go("undo")).rejects.toThrow("away");
    expect(await undos.go("undo")).toMatchObject({ kind: "done" });
  });

  test("goes on after a reload where it was, redo too, and only for the same person", async () => {
    const before = stack();
    before.undos.did(4);
    before.undos.did(5);
    await before.undos.go("undo");
    expect(storedSteps("bruno")).toEqual(NO_STEPS);
    const { undos, asked } = stack(undefined, storedSteps("ana"));
    await undos.go("redo");
    await undos.go("undo");
    await undos.go("undo");
    expect(asked).toEqual([{ positions: [100] }, { positions: [100] }, { positions: [4] }]);
  });

  test("begins anew where what was kept makes no sense", () => {
    sessionStorage.setItem("rowlock.undo.ana", '{"undo": ["x"], "redo": []}');
    expect(storedSteps("ana")).toEqual(NO_STEPS);
  });
});
