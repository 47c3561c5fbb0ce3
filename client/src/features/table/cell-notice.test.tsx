import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { elapsed } from "@/lib/clock";
import { CellNotice, type Notice } from "./cell-notice";

function show(notice: Partial<Notice>, hooks: { onWatch?: () => void; onTakeOver?: () => void } = {}) {
  const whole: Notice = { kind: "locked", index: 3, column: "price", at: { x: 0, y: 0 }, ...notice };
  render(
    <MantineProvider>
      <CellNotice
        notice={whole}
        watched={false}
        onWatch={hooks.onWatch ?? (() => undefined)}
        onTakeOver={hooks.onTakeOver ?? (() => undefined)}
        onClose={() => undefined}
      />
    </MantineProvider>,
  );
}

describe("A notice at a cell", () => {
  test("says who edits the row and for how long, and offers to tell when it is free", async () => {
    const onWatch = vi.fn();
    show({ holder: "bruno", until: elapsed() + 42_000 }, { onWatch });
    expect(screen.getByRole("alert").textContent).toContain(
      "bruno is editing this row, for 42 seconds at most.",
    );
    await userEvent.click(screen.getByRole("button", { name: "Tell me when it is free" }));
    expect(onWatch).toHaveBeenCalledOnce();
  });

  test("says when a row that cools is free", () => {
    show({ kind: "cooldown", holder: "bruno", until: elapsed() + 7_000 });
    expect(screen.getByRole("alert").textContent).toContain(
      "bruno has just edited this row. Free in 7 seconds.",
    );
  });

  test("offers to move one's own row over from another window", async () => {
    const onTakeOver = vi.fn();
    show({ kind: "elsewhere" }, { onTakeOver });
    await userEvent.click(screen.getByRole("button", { name: "Move it here" }));
    expect(onTakeOver).toHaveBeenCalledOnce();
  });

  test("says that a typed text is kept", () => {
    show({ holder: "bruno", text: "half a word" });
    expect(screen.getByRole("alert").textContent).toContain("Your text “half a word” is kept.");
  });
});
