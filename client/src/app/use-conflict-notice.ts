/** A save from outside that was set aside is said wherever one is, with the way to where it is decided. */
import { useNavigate, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { reasonSentence } from "@/sync/conflict-words";
import { useEngine } from "@/ui/engine-context";
import { say } from "@/ui/say";

export function useConflictNotice(): void {
  const engine = useEngine();
  const navigate = useNavigate();
  const router = useRouter();
  useEffect(
    () =>
      engine.fileConflicts.on(({ reason }) => {
        // There it is in sight already.
        if (router.state.location.pathname === "/recovery") return;
        say({
          text: reasonSentence(reason),
          tone: "bad",
          action: { label: "Look at it", run: () => void navigate({ to: "/recovery" }) },
        });
      }),
    [engine, navigate, router],
  );
}
