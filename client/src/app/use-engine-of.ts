/** The sync engine of the signed-in person: made once, told of a new token, closed on the way out. */
import { useEffect, useState } from "react";
import { Engine } from "@/sync/engine";
import type { Http } from "@/sync/http";
import { endSession, sessionStore } from "@/sync/session";
import { openTransport } from "@/sync/transport";

export function useEngineOf(http: Http, client: string, username: string): Engine | null {
  const [engine, setEngine] = useState<Engine | null>(null);
  useEffect(() => {
    const transport = openTransport(client, () => sessionStore.getState().session?.token);
    const made = new Engine({ http, transport, username, client, sessionEnded: endSession });
    void made.start();
    setEngine(made);
    const stopListening = sessionStore.subscribe((now, before) => {
      if (now.session !== null && now.session.token !== before.session?.token) made.reconnect();
    });
    const online = () => made.reconnect();
    addEventListener("online", online);
    return () => {
      stopListening();
      removeEventListener("online", online);
      made.close();
    };
  }, [http, client, username]);
  return engine;
}
