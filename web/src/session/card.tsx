import { Center, Group, Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** The small page before the page: sign in, set a password. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Center mih="100dvh" p="md">
      <Stack w={360} gap="lg">
        <Group gap="xs" justify="center">
          <img src="/mark.svg" width={28} height={28} alt="" />
          <Text fw={650} fz="xl" lts="-0.01em">
            livener
          </Text>
        </Group>
        <Paper component="main" withBorder p="xl" radius="lg">
          <Title order={1} fz="lg" fw={600} mb="md">
            {title}
          </Title>
          {children}
        </Paper>
      </Stack>
    </Center>
  );
}
