/** Renders anew every second while something counts down. */
import { useEffect, useState } from "react";
import { elapsed } from "@/lib/clock";

export function useNow(running: boolean): number {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return elapsed();
}
