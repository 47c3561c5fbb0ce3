/** What the view says about the table as a whole, as React state. */
import { useEffect, useState } from "react";
import type { View } from "@/sync/view";

export interface ViewFacts {
  readonly columns: readonly string[];
  readonly total: number;
  readonly drift: number;
}

export function useViewFacts(view: View): ViewFacts {
  const [facts, setFacts] = useState<ViewFacts>(() => factsOf(view));
  useEffect(() => {
    setFacts((before) => factsOf(view, before));
    return view.news.on(({ kind }) => {
      if (kind !== "cells") setFacts((before) => factsOf(view, before));
    });
  }, [view]);
  return facts;
}

/** Columns that are called as before are the same ones: the grid shall not lay them out anew at each search. */
function factsOf({ columns, total, drift }: View, before?: ViewFacts): ViewFacts {
  const same =
    before !== undefined &&
    before.columns.length === columns.length &&
    before.columns.every((column, at) => column === columns[at]);
  return { columns: same ? before.columns : columns, total, drift };
}
