/** Events for a list: those that were, page by page backwards, and those that happen while one looks. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { TableEvent } from "@/sync/events";
import { useEngine } from "@/ui/engine-context";
import { type EventFilter, loadBefore, passes } from "./load-events";

export function useEvents(filter: EventFilter) {
  const engine = useEngine();
  const [fresh, setFresh] = useState<readonly TableEvent[]>([]);
  const pages = useInfiniteQuery({
    queryKey: ["events", filter],
    queryFn: ({ pageParam, signal }) => loadBefore(engine.http, filter, pageParam, signal),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.before > 0 ? last.before : undefined),
    staleTime: 0,
    gcTime: 0,
  });

  useEffect(() => {
    setFresh([]);
    return engine.events.on((event) => {
      if (passes(filter, event)) setFresh((before) => [event, ...before]);
    });
  }, [engine, filter]);

  const events = useMemo(() => {
    const old = pages.data?.pages.flatMap((page) => page.events) ?? [];
    const newest = old[0]?.position ?? 0;
    return [...fresh.filter((event) => event.position > newest), ...old];
  }, [pages.data, fresh]);

  return {
    events,
    error: pages.error,
    loading: pages.isPending,
    loadingMore: pages.isFetchingNextPage,
    more: pages.hasNextPage,
    loadMore: () => void pages.fetchNextPage(),
  };
}
