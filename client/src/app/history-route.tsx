/** The page of the past; the moment that is looked at stands in the address. */
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { HistoryPage } from "@/features/history/history-page";

const route = getRouteApi("/history");

export function HistoryRoute() {
  const { at } = route.useSearch();
  const navigate = useNavigate();
  const visit = useCallback(
    (position: number | undefined) =>
      void navigate({
        to: "/history",
        search: position === undefined ? {} : { at: position },
        replace: at !== undefined,
      }),
    [navigate, at],
  );
  return <HistoryPage at={at} onVisit={visit} />;
}
