/** Name and password, to sign in or to register, with every refusal said plainly. */
import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconAlertCircle } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Http } from "@/sync/http";
import { Refused } from "@/sync/problem";
import { seconds, sentence } from "@/sync/sentences";
import { register, signIn } from "@/sync/session";

interface SignInFormProps {
  readonly http: Http;
  /** Sign in again as this person, nobody else. */
  readonly username?: string;
}

export function SignInForm({ http, username }: SignInFormProps) {
  const [registering, setRegistering] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const wait = useWait(error);
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { username: username ?? "", password: "" },
    validate: {
      username: (value) => (value.trim() === "" ? "Say who you are." : null),
      password: (value) => (value === "" ? "A password is needed." : null),
    },
  });

  function changeSides() {
    setRegistering(!registering);
    setError(undefined);
    form.clearErrors();
  }

  async function submit(values: { username: string; password: string }) {
    setBusy(true);
    setError(undefined);
    try {
      await (registering ? register : signIn)(http, values.username.trim(), values.password);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form onSubmit={form.onSubmit(submit)} aria-label={registering ? "Create an account" : "Sign in"}>
      <Stack gap="md">
        {error !== undefined && (
          <Alert role="alert" variant="light" color="red" icon={<IconAlertCircle aria-hidden />} py="xs">
            {wait > 0 ? `Too many tries. Wait ${seconds(wait)} and try again.` : sentence(error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          autoComplete="username"
          autoFocus={username === undefined}
          readOnly={username !== undefined}
          variant={username === undefined ? "default" : "unstyled"}
          size="md"
          key={form.key("username")}
          {...form.getInputProps("username")}
        />
        <PasswordInput
          label="Password"
          autoComplete={registering ? "new-password" : "current-password"}
          autoFocus={username !== undefined}
          // What a dialog gives the focus to.
          data-autofocus={username !== undefined || undefined}
          size="md"
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <Button type="submit" size="md" loading={busy} disabled={wait > 0} mt={4}>
          {registering ? "Create account" : "Sign in"}
        </Button>
        {username === undefined && (
          <Text size="sm" c="dimmed" ta="center">
            {registering ? "You have an account? " : "New here? "}
            <Anchor component="button" type="button" size="sm" onClick={changeSides}>
              {registering ? "Sign in" : "Create an account"}
            </Anchor>
          </Text>
        )}
      </Stack>
    </form>
  );
}

/** Seconds until another try is allowed, counted down. */
function useWait(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const after = error instanceof Refused ? (error.problem.retry_after ?? 0) : 0;
    setLeft(after);
    if (after === 0) return;
    const timer = setInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
