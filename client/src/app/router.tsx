/** The pages and their addresses; what can be linked to is in the address. */
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { lazyPage } from "./lazy-page";
import { NotFoundPage } from "./not-found-page";
import { Shell } from "./shell";

const TablePage = lazyPage(() => import("./table-route").then(({ TableRoute }) => TableRoute));
const NumbersPage = lazyPage(() =>
  import("@/features/numbers/numbers-page").then((module) => module.NumbersPage),
);
const HistoryPage = lazyPage(() => import("./history-route").then(({ HistoryRoute }) => HistoryRoute));
const RecoveryPage = lazyPage(() =>
  import("@/features/recovery/recovery-page").then((module) => module.RecoveryPage),
);

const rootRoute = createRootRoute({ component: Shell, notFoundComponent: NotFoundPage });

const tableRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: (search): { row?: number } => {
    const row = natural(search.row);
    return row === undefined ? {} : { row };
  },
  component: TablePage,
});
const numbersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/numbers",
  component: NumbersPage,
});
const historyRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/history",
  validateSearch: (search): { at?: number } => {
    const at = natural(search.at);
    return at === undefined ? {} : { at };
  },
  component: HistoryPage,
});
const recoveryRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/recovery",
  component: RecoveryPage,
});

export const router = createRouter({
  routeTree: rootRoute.addChildren([tableRoute, numbersRoute, historyRoute, recoveryRoute]),
  defaultPreload: "intent",
});

function natural(value: unknown): number | undefined {
  const number = value === undefined ? Number.NaN : Number(value);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
