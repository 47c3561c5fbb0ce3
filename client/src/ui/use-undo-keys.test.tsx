import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import type { Way } from "@/sync/undo-stack";
import { useUndoKeys } from "./use-undo-keys";

function Page({ run, dialog = false }: { run: (way: Way) => void; dialog?: boolean }) {
  useUndoKeys(run);
  return (
    <>
      <button type="button">Button</button>
      <input aria-label="Text" />
      <input aria-label="Chosen from a list" readOnly />
      <input aria-label="Ticked" type="checkbox" />
      {dialog && <div role="dialog" aria-modal="true" />}
    </>
  );
}

const KEYS = "{Control>}z{/Control}{Control>}y{/Control}{Control>}{Shift>}Z{/Shift}{/Control}";

describe("The keys for undo and redo", () => {
  test.each(["Button", "Chosen from a list", "Ticked"])("work where nothing is typed: %s", async (name) => {
    const run = vi.fn();
    render(<Page run={run} />);
    (screen.queryByText(name) ?? screen.getByLabelText(name)).focus();
    await userEvent.keyboard(KEYS);
    expect(run.mock.calls).toEqual([["undo"], ["redo"], ["redo"]]);
  });

  test("leave a text field its own", async () => {
    const run = vi.fn();
    render(<Page run={run} />);
    screen.getByLabelText("Text").focus();
    await userEvent.keyboard(KEYS);
    expect(run).not.toHaveBeenCalled();
  });

  test("do nothing behind a dialog", async () => {
    const run = vi.fn();
    render(<Page run={run} dialog />);
    screen.getByText("Button").focus();
    await userEvent.keyboard(KEYS);
    expect(run).not.toHaveBeenCalled();
  });
});
