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
    setFacts(factsOf(view));
    return view.news.on(({ kind }) => {
      if (kind !== "cells") setFacts(factsOf(view));
    });
  }, [view]);
  return facts;
}

function factsOf({ columns, total, drift }: View): ViewFacts {
  return { columns, total, drift };
}
