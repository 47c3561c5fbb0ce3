/** The table's page, put together from the features that meet there. */
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { RowHistoryDrawer } from "@/features/history/row-history-drawer";
import { TablePage } from "@/features/table/table-page";

export function TableRoute() {
  const [index, setIndex] = useState<number | null>(null);
  const navigate = useNavigate();
  return (
    <>
      <TablePage onHistory={setIndex} />
      <RowHistoryDrawer
        index={index}
        onClose={() => setIndex(null)}
        onVisit={(position) => void navigate({ to: "/history", search: { at: position } })}
      />
    </>
  );
}
