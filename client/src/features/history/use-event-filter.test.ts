import { act, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useEventFilter } from "./use-event-filter";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("The filter of the history stays the same while nothing is chosen, so that what happens meanwhile stays listed", () => {
  const { result } = renderHook(useEventFilter);
  const { filter } = result.current;
  act(() => void vi.advanceTimersByTime(2_000));
  expect(result.current.filter).toBe(filter);
});

test("What is typed becomes a filter after a pause", () => {
  const { result } = renderHook(useEventFilter);
  act(() => result.current.setActor(" ana "));
  expect(result.current.filter).toEqual({ leases: false });
  act(() => void vi.advanceTimersByTime(400));
  expect(result.current.filter).toEqual({ leases: false, actor: "ana" });
});
