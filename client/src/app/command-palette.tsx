/** Ctrl+K: everything that can be done, by name; a number goes to a row. Ctrl+G asks for the row alone. */
import { Kbd } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { Spotlight, type SpotlightActionData, spotlight } from "@mantine/spotlight";
import { IconBolt, IconTable } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { isDialogOpen } from "@/lib/keys";
import { GO_TO_ROW, type PageCommand, usePageCommands } from "@/ui/page-commands";
import { useCommands } from "./use-commands";

export const openPalette = spotlight.open;

export function CommandPalette({ onHelp }: { onHelp: () => void }) {
  const navigate = useNavigate();
  const everywhere = useCommands(onHelp);
  const ofPage = usePageCommands();
  const [query, setQuery] = useState("");
  const [wantsRow, setWantsRow] = useState(false);
  const field = ofPage.find(({ id }) => id === GO_TO_ROW);

  function askForRow() {
    if (isDialogOpen()) return;
    setWantsRow(field === undefined);
    (field?.run ?? spotlight.open)();
  }
  useHotkeys([["mod+G", askForRow]], []);

  const actions = [...ofPage.map(actionOf), ...everywhere];
  if (field === undefined) {
    actions.unshift({
      id: GO_TO_ROW,
      label: "Go to a row by its number",
      description: "Ctrl+G",
      leftSection: <IconTable size={18} />,
      closeSpotlightOnTrigger: false,
      onClick: () => {
        setWantsRow(true);
        setQuery("");
      },
    });
  }
  if (/^\s*\d{1,15}\s*$/.test(query)) {
    const row = Number(query);
    actions.unshift({
      id: "row",
      label: `Go to row ${row}`,
      keywords: query,
      leftSection: <IconTable size={18} />,
      onClick: () => void navigate({ to: "/", search: { row } }),
    });
  }
  return (
    <Spotlight
      actions={actions.map(withKeys)}
      shortcut={["mod + K"]}
      scrollable
      maxHeight={420}
      nothingFound="No such command."
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={() => setWantsRow(false)}
      attributes={{ content: { "aria-label": "Commands" } }}
      scrollAreaProps={{ viewportProps: { tabIndex: 0, role: "group", "aria-label": "Commands found" } }}
      searchProps={{
        placeholder: wantsRow
          ? "The number of the row"
          : "What do you want to do? A number goes to that row.",
        "aria-label": "Find a command",
      }}
    />
  );
}

function actionOf({ id, label, hint, run }: PageCommand): SpotlightActionData {
  return {
    id,
    label,
    onClick: run,
    leftSection: <IconBolt size={18} />,
    ...(hint === undefined ? {} : { description: hint }),
  };
}

/** The keys of a command stand at its end, as keys. */
function withKeys({ description, ...action }: SpotlightActionData): SpotlightActionData {
  if (description === undefined) return action;
  const keys = (
    <Kbd size="xs" display="block">
      {description}
    </Kbd>
  );
  return { ...action, rightSection: keys };
}
