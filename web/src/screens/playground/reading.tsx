/** What a model made of a text. */
import { Tabs, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { Explained, ExplainedSpan } from "@/api/answers";
import { begin, type Target } from "@/editing/editing";
import { Attention } from "@/screens/playground/attention";
import classes from "@/screens/playground/playground.module.css";
import { Reasons } from "@/screens/playground/reasons";
import { Stages } from "@/screens/playground/stages";
import { Tokens } from "@/screens/playground/tokens";
import { WhatIf } from "@/screens/playground/what-if";
import { Card, Nothing } from "@/shell/screen";
import { percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { Layer } from "@/spans/layer";
import { useGuidelines, useLabels } from "@/tasks/guidelines";
import { Offsets } from "@/text/offsets";

export function Reading({ read }: { read: Explained }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const { text, spans } = read;
  const [chosen, setChosen] = useState<number | null>(spans.length ? 0 : null);
  const [edited, setEdited] = useState(text);
  const { reading, marks } = useMemo(() => {
    const offsets = new Offsets(text);
    const found = spans.map(({ start, end, label, score = null, source = null }) => ({
      ...{ start: offsets.toUnits(start), end: offsets.toUnits(end), label, score, source },
      ...{ kbId: null, state: "open" as const, was: null },
    }));
    return { reading: { text, tokens: [] }, marks: begin(found).marks };
  }, [text, spans]);
  const target: Target | null = chosen === null ? null : { mark: chosen }; // marks are numbered as they are given
  const span = chosen === null ? undefined : spans[chosen];
  const looks = read.recognizer.startsWith("transformer.");
  const choose = (now: Target | null) => setChosen(now && "mark" in now ? now.mark : null);
  return (
    <>
      <Card
        title={spans.length === 1 ? "1 span" : `${spans.length} spans`}
        aside={`Version ${read.model} · ${read.recognizer}`}
      >
        <div className={classes.read}>
          <Layer reading={reading} marks={marks} target={target} styles={styles} onTarget={choose} />
        </div>
        {spans.length === 0 && <Nothing>Nothing was found.</Nothing>}
        <ul className={classes.found}>
          {spans.map((one, index) => (
            <li key={`${one.start} ${one.end} ${one.label}`}>
              <button type="button" aria-pressed={index === chosen} onClick={() => setChosen(index)}>
                <bdi>{one.text}</bdi> <LabelChip label={one.label} styles={styles} />
                {one.score != null && <span className={classes.score}>{percent(one.score)}</span>}
                {one.kb_id && <span className={classes.score}>{one.kb_id}</span>}
              </button>
            </li>
          ))}
        </ul>
      </Card>
      <Card title="How it was read">
        <Tabs defaultValue="why" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="why">Why</Tabs.Tab>
            <Tabs.Tab value="what-if">What if</Tabs.Tab>
            {looks && <Tabs.Tab value="attention">Attention</Tabs.Tab>}
            <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
            <Tabs.Tab value="stages">Stages</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="why">
            {span ? (
              <Reasons span={own(read, span)} text={span.text ?? ""} />
            ) : (
              <Text fz="sm" c="var(--ink-soft)">
                Choose a span to see what speaks for it.
              </Text>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="what-if">
            <WhatIf read={read} styles={styles} edited={edited} onEdit={setEdited} />
          </Tabs.Panel>
          {looks && (
            <Tabs.Panel value="attention">
              <Attention read={read} />
            </Tabs.Panel>
          )}
          <Tabs.Panel value="tokens">
            <Tokens sentences={read.sentences} />
          </Tabs.Panel>
          <Tabs.Panel value="stages">
            <Stages steps={read.steps} styles={styles} />
          </Tabs.Panel>
        </Tabs>
      </Card>
    </>
  );
}

/** The span as the recognizer found it, which knows why; a later stage may have changed it. */
function own(read: Explained, span: { start: number; end: number; label: string }): ExplainedSpan | null {
  const all = read.sentences.flatMap((sentence) => sentence.spans);
  const overlapping = all.filter(({ start, end }) => start < span.end && span.start < end);
  return (
    overlapping.find(({ start, end, label }) => start === span.start && end === span.end && label === span.label) ??
    overlapping[0] ??
    null
  );
}
