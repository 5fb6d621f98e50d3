import { Badge, Button, Group, Modal, Stack, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconCloudOff, IconCloudUp } from "@tabler/icons-react";
import { useJournal, useUnsent } from "@/journal/context";

/** How much of what you did the server does not have yet, and what it refused. Nothing is shown when all is sent. */
export function UnsentBadge() {
  const { waiting, refused, cut } = useUnsent();
  const [open, { open: show, close }] = useDisclosure();
  const journal = useJournal();
  const trouble = refused.length > 0;
  if (!waiting && !trouble) {
    return <output aria-live="polite" />;
  }
  const said = [waiting && `${waiting} unsent`, trouble && `${refused.length} refused`].filter(Boolean).join(", ");
  const Icon = trouble ? IconAlertTriangle : cut ? IconCloudOff : IconCloudUp;
  return (
    <output aria-live="polite">
      <UnstyledButton onClick={show}>
        <Badge
          variant="light"
          color={trouble ? "red" : cut ? "orange" : "gray"}
          tt="none"
          leftSection={<Icon size={14} />}
        >
          {said}
        </Badge>
      </UnstyledButton>
      <Modal opened={open} onClose={close} title="Not sent yet">
        <Stack>
          {waiting > 0 && (
            <Group justify="space-between" wrap="nowrap">
              <Text fz="sm">
                {waiting} {waiting === 1 ? "answer is" : "answers are"} kept in this browser
                {cut ? " until the server can be reached again." : " and on the way."}
              </Text>
              <Button variant="default" size="xs" onClick={() => journal.flush()}>
                Send now
              </Button>
            </Group>
          )}
          {refused.map((entry) => (
            <Stack key={entry.id} gap={4}>
              <Text fz="sm" fw={600}>
                {entry.what}
              </Text>
              <Text fz="sm" c="var(--ink-soft)">
                {entry.refusal?.detail}
              </Text>
              <Group gap="xs">
                <Button variant="default" size="xs" onClick={() => journal.retry(entry.id!)}>
                  Try again
                </Button>
                <Button
                  variant="default"
                  size="xs"
                  component="a"
                  href={`data:application/json,${encodeURIComponent(JSON.stringify(entry.body, null, 2))}`}
                  download={`task-${entry.task}.json`}
                >
                  Keep a copy
                </Button>
                <Button variant="subtle" color="red" size="xs" onClick={() => journal.remove(entry.id!)}>
                  Remove
                </Button>
              </Group>
            </Stack>
          ))}
        </Stack>
      </Modal>
    </output>
  );
}
