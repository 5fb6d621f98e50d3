import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** Nothing to show, and what to do about it. */
export function Empty({
  title,
  icon,
  children,
  action,
}: {
  title: string;
  icon?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Stack align="center" justify="center" gap="xs" mih="50vh" p="xl" ta="center">
      {icon && (
        <Text c="dimmed" component="div" aria-hidden>
          {icon}
        </Text>
      )}
      <Title order={2} fz="lg" fw={600}>
        {title}
      </Title>
      {children && (
        <Text c="var(--ink-soft)" maw={420} component="div">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  );
}
