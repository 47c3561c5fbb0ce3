/** The door: the only page for strangers. */
import { Box, Paper, Text, Title } from "@mantine/core";
import type { Http } from "@/sync/http";
import { Logo } from "@/ui/logo";
import { SignInForm } from "./sign-in-form";
import classes from "./sign-in-page.module.css";

export function SignInPage({ http }: { http: Http }) {
  return (
    <Box component="main" className={classes.page}>
      <div className={classes.door}>
        <div className={classes.brand}>
          <Logo size={44} />
          <div>
            <Title order={1} size="h2">
              Rowlock
            </Title>
            <Text c="dimmed">One table, many hands, nothing lost.</Text>
          </div>
        </div>
        <Paper withBorder p="xl" radius="lg" className={classes.card}>
          <SignInForm http={http} />
        </Paper>
      </div>
    </Box>
  );
}
