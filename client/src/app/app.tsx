/** The composition root: who is signed in decides what there is. */
import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useMemo } from "react";
import { useStore } from "zustand";
import { SessionEndedModal } from "@/features/session/session-ended-modal";
import { SignInPage } from "@/features/session/sign-in-page";
import { Http } from "@/sync/http";
import { endSession, sessionStore, signOut } from "@/sync/session";
import { EngineProvider } from "@/ui/engine-context";
import { cssVariables, theme } from "@/ui/theme";
import classes from "./app.module.css";
import { CrashBoundary } from "./crash-page";
import { router } from "./router";
import { useEngineOf } from "./use-engine-of";

const queries = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 5_000 } } });

export function App({ client }: { client: string }) {
  const http = useMemo(
    () => new Http(client, () => sessionStore.getState().session?.token, endSession),
    [client],
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="dark">
      <CrashBoundary>
        <QueryClientProvider client={queries}>
          <Notifications position="bottom-center" limit={4} classNames={{ root: classes.toasts }} />
          <Entrance http={http} client={client} />
        </QueryClientProvider>
      </CrashBoundary>
    </MantineProvider>
  );
}

function Entrance({ http, client }: { http: Http; client: string }) {
  const username = useStore(sessionStore, (state) => state.session?.username);
  if (username === undefined) return <SignInPage http={http} />;
  return <SignedIn key={username} http={http} client={client} username={username} />;
}

function SignedIn({ http, client, username }: { http: Http; client: string; username: string }) {
  const ended = useStore(sessionStore, (state) => state.ended);
  const engine = useEngineOf(http, client, username);
  if (engine === null) return null;
  return (
    <EngineProvider engine={engine}>
      <ModalsProvider>
        <RouterProvider router={router} />
        <SessionEndedModal
          http={http}
          username={username}
          opened={ended}
          onLeave={() => void signOut(http)}
        />
      </ModalsProvider>
    </EngineProvider>
  );
}
