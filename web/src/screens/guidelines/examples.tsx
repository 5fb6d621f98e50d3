import { Button, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Example } from "@/api/answers";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import type { Guidelines } from "@/api/types";
import classes from "@/screens/guidelines/guidelines.module.css";
import { useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { day } from "@/shell/words";
import { LabelChip, labelColours } from "@/spans/chip";
import { UNKNOWN } from "@/spans/palette";
import { useLabels } from "@/tasks/guidelines";
import { Offsets } from "@/text/offsets";

/** What experts decided, as examples of the labels. */
export function Examples({ version }: { version: Guidelines }) {
  const project = useProject();
  const { labels, styles } = useLabels(version);
  const [label, setLabel] = useState<string | null>(null);
  const filter = label ? `?label=${encodeURIComponent(label)}` : "";
  const list = useList<Example>(inProject(project, `/guidelines/examples${filter}`));
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  return (
    <Stack>
      <Select
        aria-label="Label"
        placeholder="All labels"
        clearable
        searchable
        w={240}
        value={label}
        onChange={setLabel}
        data={labels.map((one) => one.label)}
      />
      {list.items?.length === 0 && (
        <Nothing>
          No examples yet. When an expert decides a case and writes a note, the decision becomes an example here.
        </Nothing>
      )}
      {list.items?.map((example) => {
        const offsets = new Offsets(example.text);
        const start = offsets.toUnits(example.start);
        const end = offsets.toUnits(example.end);
        return (
          <article key={example.id} className={classes.example}>
            <LabelChip label={example.label} styles={styles} />{" "}
            {example.counter && (
              <Tag size="xs" color="red">
                not so
              </Tag>
            )}
            <blockquote dir="auto">
              {example.text.slice(0, start)}
              <mark className={classes.mark} style={labelColours(styles.get(example.label) ?? UNKNOWN)}>
                {example.text.slice(start, end)}
              </mark>
              {example.text.slice(end)}
            </blockquote>
            <Text fz="sm">{example.note}</Text>
            <Text fz="xs" c="var(--ink-soft)">
              {example.author} · {day(example.created_at)} · {example.document} · guidelines {example.guideline}
            </Text>
          </article>
        );
      })}
      {list.hasNextPage && (
        <Button variant="default" onClick={() => list.fetchNextPage()} loading={list.isFetchingNextPage}>
          More
        </Button>
      )}
    </Stack>
  );
}
