/** What is shown if the client itself fails: never a blank page. Pending edits are kept by the browser. */
import { Button, Center, Code, Group, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ErrorBoundary, type FallbackProps } from "react-error-boundary";

export function CrashBoundary({ children }: { children: ReactNode }) {
  return <ErrorBoundary FallbackComponent={CrashPage}>{children}</ErrorBoundary>;
}

function CrashPage({ error, resetErrorBoundary }: FallbackProps) {
  return (
    <Center component="main" mih="70dvh" p="xl">
      <Stack maw={520} role="alert">
        <Title order={1} size="h3">
          Something broke on this page
        </Title>
        <Text c="dimmed">
          The table on the server is unharmed, and edits that were still on their way are kept in this
          browser.
        </Text>
        <Code block>{error instanceof Error ? error.message : String(error)}</Code>
        <Group>
          <Button onClick={resetErrorBoundary}>Try again</Button>
          <Button variant="default" onClick={() => location.reload()}>
            Reload the page
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
