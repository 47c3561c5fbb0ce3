/** Pages whose scripts are fetched when they are wanted; a server that is away then is asked again, not given up. */
import { Center, Loader } from "@mantine/core";
import { type FunctionComponent, lazy, Suspense } from "react";
import { CrashBoundary } from "./crash-page";

const RETRY_MS = 2_000;

export function lazyPage(load: () => Promise<FunctionComponent>): FunctionComponent {
  const Page = lazy(async () => ({ default: await untilItComes(load) }));
  return () => (
    <CrashBoundary>
      <Suspense fallback={<Waiting />}>
        <Page />
      </Suspense>
    </CrashBoundary>
  );
}

async function untilItComes<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function Waiting() {
  return (
    <Center h="100%" mih={240}>
      <Loader type="dots" aria-label="Loading" />
    </Center>
  );
}
