/** The table's page, put together from the features that meet there. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { RowHistoryDrawer } from "@/features/history/row-history-drawer";
import { TablePage } from "@/features/table/table-page";

const route = getRouteApi("/");

export function TableRoute() {
  const { row } = route.useSearch();
  const [index, setIndex] = useState<number | null>(null);
  const navigate = useNavigate();
  // The address has done its work: a reload or a step back shall not lead there again.
  const there = useCallback(() => void navigate({ to: "/", search: {}, replace: true }), [navigate]);
  return (
    <>
      <TablePage onHistory={setIndex} goTo={row} onThere={there} />
      <RowHistoryDrawer
        index={index}
        onClose={() => setIndex(null)}
        onVisit={(position) => void navigate({ to: "/history", search: { at: position } })}
      />
    </>
  );
}
