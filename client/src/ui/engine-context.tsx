/** Hands the sync engine to components; all of React's part in it is here. */
import { createContext, type ReactNode, useContext } from "react";
import { useStore } from "zustand";
import type { Engine, SyncState } from "@/sync/engine";

const EngineContext = createContext<Engine | null>(null);

export function EngineProvider({ engine, children }: { engine: Engine; children: ReactNode }) {
  return <EngineContext value={engine}>{children}</EngineContext>;
}

export function useEngine(): Engine {
  const engine = useContext(EngineContext);
  if (engine === null) throw new Error("This component belongs inside an EngineProvider.");
  return engine;
}

export function useSync<T>(select: (state: SyncState) => T): T {
  return useStore(useEngine().state, select);
}
