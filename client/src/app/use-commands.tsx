/** What can be done wherever one is. */
import { useMantineColorScheme } from "@mantine/core";
import type { SpotlightActionData } from "@mantine/spotlight";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChartLine,
  IconHelp,
  IconHistory,
  IconLifebuoy,
  IconLogout,
  IconSun,
  IconTable,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { signOut } from "@/sync/session";
import { useEngine } from "@/ui/engine-context";
import { undoAndSay } from "@/ui/undo";

export function useCommands(onHelp: () => void): SpotlightActionData[] {
  const navigate = useNavigate();
  const engine = useEngine();
  const { toggleColorScheme } = useMantineColorScheme();
  return [
    {
      id: "undo",
      label: "Undo",
      description: "Ctrl+Z",
      leftSection: <IconArrowBackUp size={18} />,
      onClick: () => void undoAndSay(engine, "undo"),
    },
    {
      id: "redo",
      label: "Redo",
      description: "Ctrl+Y",
      leftSection: <IconArrowForwardUp size={18} />,
      onClick: () => void undoAndSay(engine, "redo"),
    },
    {
      id: "table",
      label: "Go to the table",
      leftSection: <IconTable size={18} />,
      onClick: () => void navigate({ to: "/" }),
    },
    {
      id: "numbers",
      label: "Go to the numbers",
      leftSection: <IconChartLine size={18} />,
      onClick: () => void navigate({ to: "/numbers" }),
    },
    {
      id: "history",
      label: "Go to the history",
      leftSection: <IconHistory size={18} />,
      onClick: () => void navigate({ to: "/history" }),
    },
    {
      id: "recovery",
      label: "Go to backups, imports and downloads",
      leftSection: <IconLifebuoy size={18} />,
      onClick: () => void navigate({ to: "/recovery" }),
    },
    {
      id: "colours",
      label: "Light or dark colours",
      leftSection: <IconSun size={18} />,
      onClick: toggleColorScheme,
    },
    { id: "help", label: "Keyboard shortcuts", leftSection: <IconHelp size={18} />, onClick: onHelp },
    {
      id: "sign-out",
      label: "Sign out",
      leftSection: <IconLogout size={18} />,
      onClick: () => void signOut(engine.http),
    },
  ];
}
