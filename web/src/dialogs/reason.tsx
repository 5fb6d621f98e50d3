import { Button, Chip, Group, Modal, Stack, Textarea } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

interface ReasonProps {
  title: string;
  /** What the button says. */
  verb: string;
  suggestions?: readonly string[];
  initial?: string;
  onReason: (reason: string) => void;
  close: () => void;
}

/** Why: one line, or one of the usual answers. */
export function ReasonDialog({ title, verb, suggestions = [], initial = "", onReason, close }: ReasonProps) {
  const [reason, setReason] = useState(initial);
  function done() {
    if (!reason.trim()) return;
    onReason(reason.trim());
    close();
  }
  function pressed(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey) return;
    event.preventDefault();
    done();
  }
  return (
    <Modal opened onClose={close} title={title}>
      <Stack gap="sm">
        <Textarea
          aria-label="Reason"
          placeholder="Why?"
          data-autofocus
          autosize
          minRows={2}
          maxRows={6}
          maxLength={10_000}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          onKeyDown={pressed}
        />
        {suggestions.length > 0 && (
          <Group gap={6}>
            {suggestions.map((one) => (
              <Chip key={one} size="xs" variant="light" checked={reason === one} onChange={() => setReason(one)}>
                {one}
              </Chip>
            ))}
          </Group>
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button onClick={done} disabled={!reason.trim()}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
