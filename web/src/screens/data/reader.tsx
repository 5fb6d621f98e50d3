import { Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { StoredDocument } from "@/api/answers";
import { begin, type Target } from "@/editing/editing";
import { STATE_COLOURS } from "@/screens/data/documents";
import { Tag } from "@/shell/tag";
import { named } from "@/shell/words";
import { Layer } from "@/spans/layer";
import type { LabelStyle } from "@/spans/palette";
import { Offsets } from "@/text/offsets";

/** A document with its newest prediction, to be read. */
export function Reader({ document, styles }: { document: StoredDocument; styles: ReadonlyMap<string, LabelStyle> }) {
  const { text, prediction, meta, tasks } = document;
  const [target, setTarget] = useState<Target | null>(null);
  const marks = useMemo(() => {
    const offsets = new Offsets(text);
    const spans = (prediction?.spans ?? []).map(({ start, end, label, score = null, source = null }) => ({
      ...{ start: offsets.toUnits(start), end: offsets.toUnits(end), label, score, source },
      ...{ kbId: null, state: "open" as const, was: null },
    }));
    return begin(spans).marks;
  }, [text, prediction]);
  const reading = useMemo(() => ({ text, tokens: [] }), [text]);
  return (
    <Stack gap="sm">
      <Group gap={6}>
        {tasks.map((task) => (
          <Tag key={task.id} color={STATE_COLOURS[task.state]}>
            Task {task.id}: {named(task.state).toLowerCase()}
          </Tag>
        ))}
        <Text fz="xs" c="var(--ink-soft)">
          {prediction
            ? `Predicted by ${prediction.model === null ? prediction.pipeline : `model ${prediction.model}`}`
            : "Nothing was predicted"}
        </Text>
      </Group>
      <div style={{ paddingTop: 8 }}>
        <Layer reading={reading} marks={marks} target={target} styles={styles} onTarget={setTarget} />
      </div>
      {Object.keys(meta).length > 0 && (
        <dl style={{ margin: 0, fontSize: 13 }}>
          {Object.entries(meta).map(([key, value]) => (
            <Group key={key} gap="xs" wrap="nowrap">
              <Text component="dt" fz="xs" c="var(--ink-soft)">
                {key}
              </Text>
              <Text component="dd" fz="xs" m={0} style={{ overflowWrap: "anywhere" }}>
                {typeof value === "string" ? value : JSON.stringify(value)}
              </Text>
            </Group>
          ))}
        </dl>
      )}
    </Stack>
  );
}
