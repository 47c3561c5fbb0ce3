/** Points of a plot: a number by itself in a short span, many summed up into one in a long span. */

export interface Point {
  readonly time: number;
  /** The mean, where it stands for many. */
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** How many numbers it sums up, of those that came while one looked. */
  readonly count?: number;
}

/** More points than pixels tell nothing. */
export const POINTS = 720;

/** The points with a new number at their end, without those that have left the span of so many seconds. */
export function withNumber(
  points: readonly Point[],
  { time, value }: { time: number; value: number },
  seconds: number,
): readonly Point[] {
  const last = points.at(-1);
  if (last !== undefined && time <= last.time) return points;
  const width = (seconds / POINTS) * 1000;
  const begin = time - seconds * 1000;
  const kept =
    points[0] !== undefined && points[0].time < begin ? points.filter((each) => each.time >= begin) : points;
  if (last?.count !== undefined && time < last.time + width)
    return [...kept.slice(0, -1), joined(last, value)];
  return [...kept, { time, value, min: value, max: value, count: 1 }];
}

function joined({ time, value: mean, min, max, count = 1 }: Point, value: number): Point {
  return {
    time,
    value: (mean * count + value) / (count + 1),
    min: Math.min(min, value),
    max: Math.max(max, value),
    count: count + 1,
  };
}
