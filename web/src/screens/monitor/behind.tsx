/** From a bar to its documents: those of a time, with a label, the least sure first. */
import { Checkbox, Group, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Behind as Found, Trends } from "@/api/answers";
import { inProject, request } from "@/api/client";
import { Moved } from "@/screens/monitor/moved";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { day, percent } from "@/shell/words";

const ALL = "All labels";
const SHOWN = 8;

export interface Bar {
  /** Which part of the time. */
  part: number;
  label: string | null;
  low: boolean;
}

export function Behind({
  parts,
  labels,
  bar,
  onBar,
}: {
  parts: Trends["served"];
  labels: readonly string[];
  bar: Bar;
  onBar: (bar: Bar) => void;
}) {
  const project = useProject();
  const since = parts[bar.part]!.since;
  const days = Math.round((Date.parse(parts[1]?.since ?? "") - Date.parse(parts[0]!.since)) / 86_400_000) || 1;
  const asked = new URLSearchParams({ day: since.slice(0, 10), days: `${days}`, limit: `${SHOWN}` });
  if (bar.label) asked.set("label", bar.label);
  if (bar.low) asked.set("low", "true");
  const query = useQuery({
    queryKey: ["behind", project, `${asked}`],
    queryFn: () => request<{ documents: Found[] }>("GET", inProject(project, `/monitoring/documents?${asked}`)),
  });
  return (
    <Card title="Documents behind a bar" aside="The least sure first">
      <Group gap="xs" mb="sm">
        <Select
          size="xs"
          w={190}
          aria-label="Time"
          allowDeselect={false}
          value={`${bar.part}`}
          onChange={(value) => onBar({ ...bar, part: Number(value) })}
          data={parts
            .map((part, at) => ({ value: `${at}`, label: `${day(part.since)} · ${part.documents}`, at }))
            .filter(({ at }) => parts[at]!.documents > 0)
            .reverse()}
        />
        <Select
          size="xs"
          w={170}
          aria-label="Label of the documents"
          allowDeselect={false}
          value={bar.label ?? ALL}
          onChange={(value) => onBar({ ...bar, label: value === ALL ? null : value })}
          data={[ALL, ...labels]}
        />
        <Checkbox
          size="xs"
          label="only unsure ones"
          checked={bar.low}
          onChange={({ currentTarget }) => onBar({ ...bar, low: currentTarget.checked })}
        />
      </Group>
      <Loaded query={query}>
        {({ documents }) =>
          documents.length ? (
            <Moved documents={documents.map((one) => ({ ...one, key: one.id, why: why(one) }))} />
          ) : (
            <Nothing>No such document in this time.</Nothing>
          )
        }
      </Loaded>
    </Card>
  );
}

function why({ spans }: Found): string {
  const scores = spans.flatMap(({ score }) => (typeof score === "number" ? [score] : []));
  return scores.length ? `least score ${percent(Math.min(...scores))}` : "";
}
