/** Elapsed time in milliseconds. Countdowns run on it: the wall clock may be wrong or be set while we wait. */
export function elapsed(): number {
  return performance.now();
}

/** Whole seconds left until `until` on the elapsed clock, never below zero. */
export function secondsLeft(until: number, now: number = elapsed()): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}
