/** The plot: a line for the values and a band from the lowest to the highest where a point stands for many. */
import { useComputedColorScheme } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import {
  Chart,
  type ChartOptions,
  Filler,
  LinearScale,
  LineController,
  LineElement,
  PointElement,
  Tooltip,
} from "chart.js";
import zoomPlugin from "chartjs-plugin-zoom";
import { useEffect, useRef } from "react";
import { dayAndTime, timeOfDay } from "@/lib/times";
import classes from "./numbers-page.module.css";
import type { Point } from "./points";
import type { SpanName } from "./use-series";

Chart.register(LineController, LineElement, PointElement, LinearScale, Filler, Tooltip, zoomPlugin);
Chart.defaults.font.family = "'Inter Variable', system-ui, sans-serif";

interface NumberPlotProps {
  readonly points: readonly Point[];
  readonly span: SpanName;
  /** Counts up each time the whole span shall be seen again. */
  readonly resets: number;
  readonly onZoom: (zoomed: boolean) => void;
}

export function NumberPlot({ points, span, resets, onZoom }: NumberPlotProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<Chart<"line"> | null>(null);
  const dark = useComputedColorScheme("dark") === "dark";
  const still = useReducedMotion();

  useEffect(() => {
    if (canvas.current === null) return;
    const made = new Chart(canvas.current, {
      type: "line",
      data: { datasets: datasets(dark) },
      options: options(dark, still, onZoom),
    });
    chart.current = made;
    return () => made.destroy();
  }, [dark, still, onZoom]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a chart made anew (other colours) needs its points too.
  useEffect(() => {
    const made = chart.current;
    if (made === null) return;
    const [line, low, high] = made.data.datasets;
    if (!line || !low || !high) return;
    line.data = points.map(({ time, value }) => ({ x: time, y: value }));
    low.data = points.map(({ time, min }) => ({ x: time, y: min }));
    high.data = points.map(({ time, max }) => ({ x: time, y: max }));
    made.update("none");
  }, [points, dark, still]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another span or a reset shows everything.
  useEffect(() => {
    chart.current?.resetZoom("none");
    onZoom(false);
  }, [span, resets, onZoom]);

  const last = points.at(-1);
  return (
    <div className={classes.plot}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Plot of ${points.length} numbers${last === undefined ? "" : `, the latest ${last.value.toFixed(3)}`}. The table below lists them.`}
      />
    </div>
  );
}

function datasets(dark: boolean) {
  const accent = dark ? "#3ccbbb" : "#0a7167";
  const band = dark ? "rgb(60 203 187 / 0.16)" : "rgb(10 113 103 / 0.14)";
  const hidden = { borderWidth: 0, pointRadius: 0, pointHitRadius: 0 };
  return [
    { label: "value", data: [], borderColor: accent, borderWidth: 1.8, pointRadius: 0, tension: 0.15 },
    { label: "lowest", data: [], ...hidden },
    { label: "highest", data: [], ...hidden, fill: "-1", backgroundColor: band },
  ];
}

function options(dark: boolean, still: boolean, onZoom: (zoomed: boolean) => void): ChartOptions<"line"> {
  const ink = dark ? "#93a1b2" : "#566372";
  const lines = dark ? "#222c37" : "#e6ebef";
  const moved = ({ chart }: { chart: Chart }) => onZoom(chart.isZoomedOrPanned());
  return {
    animation: false,
    parsing: false,
    normalized: true,
    maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    scales: {
      x: {
        type: "linear",
        bounds: "data",
        grid: { color: lines },
        border: { display: false },
        ticks: {
          color: ink,
          maxTicksLimit: 8,
          maxRotation: 0,
          includeBounds: false,
          callback: (value) => timeOfDay(Number(value)),
        },
      },
      y: { grid: { color: lines }, border: { display: false }, ticks: { color: ink, maxTicksLimit: 6 } },
    },
    plugins: {
      tooltip: {
        displayColors: false,
        filter: ({ datasetIndex }) => datasetIndex === 0,
        callbacks: {
          title: ([item]) => (item === undefined ? "" : dayAndTime(item.parsed.x ?? 0)),
          label: ({ parsed }) => (parsed.y ?? 0).toFixed(4),
        },
      },
      zoom: {
        limits: { x: { min: "original", max: "original", minRange: 2_000 } },
        pan: { enabled: true, mode: "x", onPanComplete: moved },
        zoom: {
          wheel: { enabled: true, speed: still ? 0.05 : 0.12 },
          pinch: { enabled: true },
          mode: "x",
          onZoomComplete: moved,
        },
      },
    },
  };
}
