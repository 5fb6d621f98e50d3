import { Group, Modal, SegmentedControl, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { COMMANDS, type Command, PRESETS, type Preset } from "@/keys/keymap";
import { Chord } from "@/keys/keys";
import { keyPreset } from "@/shell/preferences";

const GROUPS = [...new Set(Object.values(COMMANDS).map(({ group }) => group))];

/** All keys, and which set of them one uses. */
export default function KeyHelp({ close }: { close: () => void }) {
  const [preset, setPreset] = useState(keyPreset.read());
  return (
    <Modal opened onClose={close} title="Keys" size="xl">
      <Stack gap="lg">
        <Group justify="space-between">
          <Text fz="sm" c="var(--ink-soft)" maw={420}>
            Tab goes from span to span. To leave the text with it, press Esc until nothing is selected. Shift while
            selecting takes single characters.
          </Text>
          <SegmentedControl
            size="xs"
            aria-label="Keys"
            value={preset}
            onChange={(value) => {
              keyPreset.write(value as Preset);
              setPreset(value as Preset);
            }}
            data={[
              { label: "livener", value: "livener" },
              { label: "Label Studio", value: "label-studio" },
            ]}
          />
        </Group>
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="xl" verticalSpacing="lg">
          {GROUPS.map((group) => (
            <section key={group}>
              <Title order={3} fz="xs" fw={600} c="var(--ink-soft)" mb={6}>
                {group}
              </Title>
              {(Object.keys(COMMANDS) as Command[])
                .filter((command) => COMMANDS[command].group === group)
                .map((command) => (
                  <Group key={command} justify="space-between" wrap="nowrap" gap="xs" py={2}>
                    <Text fz="sm">{COMMANDS[command].name}</Text>
                    <Group gap={8} wrap="nowrap">
                      {command === "label" ? (
                        <span>
                          <kbd>1</kbd> – <kbd>9</kbd>
                        </span>
                      ) : (
                        PRESETS[preset][command].slice(0, 2).map((chord) => <Chord key={chord} chord={chord} />)
                      )}
                    </Group>
                  </Group>
                ))}
            </section>
          ))}
        </SimpleGrid>
      </Stack>
    </Modal>
  );
}
