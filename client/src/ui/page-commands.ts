/** Commands that the page at hand adds to the palette: the page knows them, the palette shows them. */
import { useEffect } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";

export interface PageCommand {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly run: () => void;
}

/** The command for Ctrl+G: a page that has a field for it offers it under this name. */
export const GO_TO_ROW = "go-to-row";

const store = createStore<{ commands: readonly PageCommand[] }>(() => ({ commands: [] }));

export function usePageCommands(): readonly PageCommand[] {
  return useStore(store, (state) => state.commands);
}

/** Offer commands while this component is shown; they must be the same array while nothing changes. */
export function useOfferCommands(commands: readonly PageCommand[]): void {
  useEffect(() => {
    store.setState({ commands });
    return () => store.setState({ commands: [] });
  }, [commands]);
}
