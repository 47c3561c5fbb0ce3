/** An address that leads nowhere. */
import { Anchor, Center, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";

export function NotFoundPage() {
  return (
    <Center component="section" mih="60dvh" p="xl">
      <Stack align="center" gap="xs">
        <Title order={1} size="h3">
          There is nothing here
        </Title>
        <Text c="dimmed">The address may be mistyped.</Text>
        <Anchor component={Link} to="/">
          Go to the table
        </Anchor>
      </Stack>
    </Center>
  );
}
