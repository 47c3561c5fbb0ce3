import { describe, expect, test } from "vitest";
import { type Point, withNumber } from "./points";

const point = (time: number, value: number): Point => ({ time, value, min: value, max: value });

describe("A new number", () => {
  test("is a point of its own in a span of which every number is shown", () => {
    const points = withNumber([point(1_000, 5)], { time: 2_000, value: 7 }, 60);
    expect(points.map(({ time, value }) => [time, value])).toEqual([
      [1_000, 5],
      [2_000, 7],
    ]);
  });

  test("joins those of its five seconds in a span of an hour", () => {
    const start = [point(0, 50)];
    const numbers = [10, 20, 60].map((value, at) => ({ time: 5_000 + at * 1_000, value }));
    const points = numbers.reduce<readonly Point[]>((before, each) => withNumber(before, each, 3_600), start);
    expect(points).toEqual([point(0, 50), { time: 5_000, value: 30, min: 10, max: 60, count: 3 }]);
  });

  test("pushes out what is older than the span", () => {
    const points = withNumber([point(0, 1), point(30_000, 2)], { time: 61_000, value: 3 }, 60);
    expect(points.map(({ value }) => value)).toEqual([2, 3]);
  });

  test("that is known already changes nothing", () => {
    const points = [point(1_000, 5)];
    expect(withNumber(points, { time: 1_000, value: 5 }, 60)).toBe(points);
  });
});
