/** The socket, reduced to what the engine needs of it, so that tests can stand in for it. */
import { io } from "socket.io-client";
import { isProblem, Refused, Unreachable } from "./problem";

export interface Transport {
  readonly connected: boolean;
  /** `connect`, `disconnect`, `refused` (with the reason), or an event of the server. */
  on(name: string, listener: (payload: never) => void): void;
  connect(): void;
  close(): void;
  /** Send a message and await its answer; raises `Refused` or `Unreachable`. */
  ask<T>(name: string, payload: object): Promise<T>;
}

const PATIENCE_MS = 8_000;

export function openTransport(client: string, token: () => string | undefined): Transport {
  const socket = io({
    transports: ["websocket"],
    autoConnect: false,
    reconnectionDelay: 400,
    reconnectionDelayMax: 4_000,
    // Called at each attempt: a token renewed meanwhile is the one that is sent.
    auth: (send) => send({ token: token() ?? "", client }),
  });
  return {
    get connected() {
      return socket.connected;
    },
    on(name, listener) {
      if (name === "refused")
        socket.on("connect_error", (error) => (listener as (reason: string) => void)(error.message));
      else socket.on(name, listener as (...args: unknown[]) => void);
    },
    connect: () => void socket.connect(),
    close: () => void socket.disconnect(),
    async ask<T>(name: string, payload: object): Promise<T> {
      if (!socket.connected) throw new Unreachable();
      const answer: unknown = await socket
        .timeout(PATIENCE_MS)
        .emitWithAck(name, payload)
        .catch((error: unknown) => {
          throw new Unreachable(error);
        });
      if (typeof answer === "object" && answer !== null && "error" in answer && isProblem(answer.error)) {
        throw new Refused(answer.error);
      }
      return answer as T;
    },
  };
}
