/** The session ran out under somebody's hands: sign in again on top of the page, so that nothing typed is lost. */
import { Button, Group, Modal, Text } from "@mantine/core";
import type { Http } from "@/sync/http";
import { SignInForm } from "./sign-in-form";

interface SessionEndedModalProps {
  readonly http: Http;
  readonly username: string;
  readonly opened: boolean;
  readonly onLeave: () => void;
}

export function SessionEndedModal({ http, username, opened, onLeave }: SessionEndedModalProps) {
  return (
    <Modal
      opened={opened}
      onClose={onLeave}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      centered
      title="Your session has ended"
    >
      <Text size="sm" c="dimmed" mb="md">
        What you typed is still here and is saved once you are back.
      </Text>
      <SignInForm http={http} username={username} />
      <Group justify="center" mt="md">
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onLeave}>
          Leave instead
        </Button>
      </Group>
    </Modal>
  );
}
