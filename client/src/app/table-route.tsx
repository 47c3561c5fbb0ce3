/** The table's page, put together from the features that meet there. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { RowHistoryDrawer, type ToldOf } from "@/features/history/row-history-drawer";
import { TablePage } from "@/features/table/table-page";

const route = getRouteApi("/");

export function TableRoute() {
  const { row } = route.useSearch();
  const [told, setTold] = useState<ToldOf | null>(null);
  const navigate = useNavigate();
  // The address has done its work: a reload or a step back shall not lead there again.
  const there = useCallback(() => void navigate({ to: "/", search: {}, replace: true }), [navigate]);
  return (
    <>
      <TablePage onHistory={(index, column) => setTold({ index, column })} goTo={row} onThere={there} />
      <RowHistoryDrawer
        of={told}
        onClose={() => setTold(null)}
        onVisit={(position) => void navigate({ to: "/history", search: { at: position } })}
      />
    </>
  );
}
