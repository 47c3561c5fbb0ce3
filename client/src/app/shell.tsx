/** The frame around every page: where one can go, who is here, and whether the server is. */
import { ActionIcon, Menu, Text, Tooltip, useMantineColorScheme } from "@mantine/core";
import { IconHelp, IconLogout, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { Outlet } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { ConnectionBadge } from "@/features/presence/connection-badge";
import { PresentPeople } from "@/features/presence/present-people";
import { signOut } from "@/sync/session";
import { useEngine } from "@/ui/engine-context";
import { Logo } from "@/ui/logo";
import { PersonBadge } from "@/ui/person-badge";
import { LAYER } from "@/ui/theme";
import { undoAndSay } from "@/ui/undo";
import { useUndoKeys } from "@/ui/use-undo-keys";
import { CommandPalette, openPalette } from "./command-palette";
import { Navigation } from "./navigation";
import classes from "./shell.module.css";
import { ShortcutsModal } from "./shortcuts-modal";
import { useConflictNotice } from "./use-conflict-notice";

export function Shell() {
  const engine = useEngine();
  useConflictNotice();
  useUndoKeys(useCallback((way) => void undoAndSay(engine, way), [engine]));
  const [helpOpened, setHelpOpened] = useState(false);
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#content">
        Skip to the content
      </a>
      <header className={classes.header}>
        <div className={classes.brand}>
          <Logo />
          <Text fw={700} visibleFrom="xs">
            Rowlock
          </Text>
        </div>
        <ConnectionBadge />
        <div className={classes.spring} />
        <PresentPeople />
        <Tooltip label="Find a command (Ctrl+K)">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={openPalette}
            aria-label="Find a command"
          >
            <IconSearch size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label="Shortcuts (?)">
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={() => setHelpOpened(true)}
            aria-label="Keyboard shortcuts"
            visibleFrom="xs"
          >
            <IconHelp size={19} />
          </ActionIcon>
        </Tooltip>
        <Account />
      </header>
      <Navigation />
      <main id="content" className={classes.content}>
        <Outlet />
        <div id={LAYER} />
      </main>
      <CommandPalette onHelp={() => setHelpOpened(true)} />
      <ShortcutsModal
        opened={helpOpened}
        onOpen={() => setHelpOpened(true)}
        onClose={() => setHelpOpened(false)}
      />
    </div>
  );
}

function Account() {
  const engine = useEngine();
  const { colorScheme, toggleColorScheme } = useMantineColorScheme();
  const dark = colorScheme === "dark";
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <button type="button" className={classes.account} aria-label={`Account of ${engine.username}`}>
          <PersonBadge name={engine.username} hint={false} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{engine.username}</Menu.Label>
        <Menu.Item
          leftSection={dark ? <IconSun size={16} /> : <IconMoon size={16} />}
          onClick={toggleColorScheme}
        >
          {dark ? "Light colours" : "Dark colours"}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut(engine.http)}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
