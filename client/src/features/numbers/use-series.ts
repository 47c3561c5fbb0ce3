/** The numbers of a span of time: those before now from the server, summed up; those from now on from the socket. */
import { useEffect, useRef, useState } from "react";
import type { NumberMessage } from "@/sync/engine";
import type { Http } from "@/sync/http";
import { useEngine, useSync } from "@/ui/engine-context";

export interface Point {
  readonly time: number;
  readonly value: number;
  readonly min: number;
  readonly max: number;
}

export const SPANS = {
  live: { label: "Live", seconds: 60 },
  minutes: { label: "5 min", seconds: 300 },
  hour: { label: "1 h", seconds: 3_600 },
  day: { label: "24 h", seconds: 86_400 },
} as const;

export type SpanName = keyof typeof SPANS;

interface Bucket {
  readonly timestamp: string;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** More points than pixels tell nothing. */
const POINTS = 720;

export function useSeries(span: SpanName, paused: boolean) {
  const engine = useEngine();
  const connection = useSync((state) => state.connection);
  const [points, setPoints] = useState<readonly Point[]>([]);
  const [failed, setFailed] = useState(false);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const waiting = useRef<Point[]>([]);
  const { seconds } = SPANS[span];

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a lost connection the numbers in between are missing.
  useEffect(() => {
    const stop = new AbortController();
    const from = new Date(Date.now() - seconds * 1000).toISOString();
    loadSince(engine.http, from, seconds, stop.signal)
      .then((loaded) => {
        const last = loaded.at(-1)?.time ?? 0;
        setPoints((before) => [...loaded, ...before.filter((each) => each.time > last)]);
        setFailed(false);
      })
      .catch(() => setFailed(!stop.signal.aborted));
    return () => stop.abort();
  }, [engine, seconds, connection === "live"]);

  useEffect(() => {
    return engine.numbers.on(({ timestamp, value }) => {
      const time = Date.parse(timestamp);
      waiting.current.push({ time, value, min: value, max: value });
      if (isPaused.current) return;
      const fresh = waiting.current.splice(0);
      setPoints((before) => trimmed([...before, ...fresh], seconds));
    });
  }, [engine, seconds]);

  return { points, latest: points.at(-1), failed };
}

/** Every number of a short span; of a long one what a plot can show. */
async function loadSince(http: Http, from: string, seconds: number, signal: AbortSignal): Promise<Point[]> {
  if (seconds <= POINTS) {
    const params = { from, limit: 2 * POINTS };
    const { items } = await http.ask<{ items: NumberMessage[] }>("GET", "/api/numbers", { params, signal });
    return items.map(({ timestamp, value }) => ({
      time: Date.parse(timestamp),
      value,
      min: value,
      max: value,
    }));
  }
  const params = { from, points: POINTS };
  const { items } = await http.ask<{ items: Bucket[] }>("GET", "/api/numbers/series", { params, signal });
  return items.map(pointOf);
}

function pointOf({ timestamp, min, max, mean }: Bucket): Point {
  return { time: Date.parse(timestamp), value: mean, min, max };
}

function trimmed(points: readonly Point[], seconds: number): readonly Point[] {
  const begin = (points.at(-1)?.time ?? 0) - seconds * 1000;
  return points.filter((each, at) => each.time >= begin && each.time !== points[at - 1]?.time);
}
