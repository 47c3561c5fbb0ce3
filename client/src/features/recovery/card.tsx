/** One of the things this page is for. */
import { Group, Text, Title } from "@mantine/core";
import { type ReactNode, useId } from "react";
import classes from "./recovery-page.module.css";

interface CardProps {
  readonly title: string;
  readonly hint: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

export function Card({ title, hint, action, children }: CardProps) {
  const id = useId();
  return (
    <section className={classes.card} aria-labelledby={id}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} size="h5" id={id}>
          {title}
        </Title>
        {action !== undefined && <div className={classes.action}>{action}</div>}
      </Group>
      <Text size="xs" c="dimmed" mt={2} mb="sm">
        {hint}
      </Text>
      {children}
    </section>
  );
}
