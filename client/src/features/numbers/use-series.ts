/** The numbers of a span of time: those before now from the server, summed up; those from now on from the socket. */
import { useEffect, useRef, useState } from "react";
import type { NumberMessage } from "@/sync/engine";
import type { Http } from "@/sync/http";
import { useEngine, useSync } from "@/ui/engine-context";
import { POINTS, type Point, withNumber } from "./points";

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

export function useSeries(span: SpanName, paused: boolean) {
  const engine = useEngine();
  const connection = useSync((state) => state.connection);
  const [points, setPoints] = useState<readonly Point[]>([]);
  const [failed, setFailed] = useState(false);
  const isPaused = useRef(paused);
  isPaused.current = paused;
  const waiting = useRef<{ time: number; value: number }[]>([]);
  const { seconds } = SPANS[span];

  // biome-ignore lint/correctness/useExhaustiveDependencies: after a lost connection the numbers in between are missing.
  useEffect(() => {
    const stop = new AbortController();
    const from = new Date(Date.now() - seconds * 1000).toISOString();
    loadSince(engine.http, from, seconds, stop.signal)
      .then((loaded) => {
        // The last one stands for all numbers of its time.
        const end = (loaded.at(-1)?.time ?? 0) + (seconds / POINTS) * 1000;
        setPoints((before) => [...loaded, ...before.filter((each) => each.time >= end)]);
        setFailed(false);
      })
      .catch(() => setFailed(!stop.signal.aborted));
    return () => stop.abort();
  }, [engine, seconds, connection === "live"]);

  useEffect(() => {
    return engine.numbers.on(({ timestamp, value }) => {
      waiting.current.push({ time: Date.parse(timestamp), value });
      if (isPaused.current) return;
      const fresh = waiting.current.splice(0);
      setPoints((before) => fresh.reduce((points, each) => withNumber(points, each, seconds), before));
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
