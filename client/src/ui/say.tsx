/** A short word to the person, in a corner, with something to do about it. */
import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

export interface Saying {
  readonly text: string;
  readonly tone?: "good" | "bad" | "plain";
  readonly action?: { readonly label: string; readonly run: () => void };
}

const COLORS = { good: "lagoon", bad: "red", plain: "gray" } as const;

export function say({ text, tone = "plain", action }: Saying): void {
  const id = notifications.show({
    color: COLORS[tone],
    autoClose: action === undefined ? 5_000 : 10_000,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text size="sm">{text}</Text>
        {action !== undefined && (
          <Button
            size="compact-sm"
            flex="none"
            variant="light"
            onClick={() => {
              notifications.hide(id);
              action.run();
            }}
          >
            {action.label}
          </Button>
        )}
      </Group>
    ),
  });
}
