/** When something has gone wrong, or is about to: backups, conflicts of the file, taking files in and out. */
import { SimpleGrid, Text, Title } from "@mantine/core";
import { Backups } from "./backups";
import { Conflicts } from "./conflicts";
import { Downloads } from "./downloads";
import { ImportForm } from "./import-form";
import classes from "./recovery-page.module.css";

export function RecoveryPage() {
  return (
    <section className={classes.page} aria-labelledby="recovery-title">
      <Title order={1} size="h3" id="recovery-title">
        Recovery
      </Title>
      <Text size="sm" c="dimmed" mb="lg">
        Nothing is ever lost: whatever you do here can be undone.
      </Text>
      <Conflicts />
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" className={classes.columns}>
        <Backups />
        <div className={classes.stack}>
          <ImportForm />
          <Downloads />
        </div>
      </SimpleGrid>
    </section>
  );
}
