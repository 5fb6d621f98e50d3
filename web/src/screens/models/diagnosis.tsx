/** What is wrong with a version: symptoms, the cause with its evidence, and the command that mends it. */
import { Button, Code, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Cause, Diagnosis as Found } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useMay, useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, moment, named, percent } from "@/shell/words";

const WATCH = 1000; // milliseconds, while it is looked for
const UNDER_WAY = ["queued", "running"];
const DATA = { golden: "the golden set", production: "what was settled in the last four weeks" } as const;

export function Diagnosis({ model }: { model: number }) {
  const project = useProject();
  const queries = useQueryClient();
  const may = useMay("reviewer");
  const [data, setData] = useState<keyof typeof DATA>("golden");
  const path = inProject(project, `/models/${model}/diagnosis`);
  const key = ["diagnosis", project, model];
  const query = useQuery({
    queryKey: key,
    queryFn: () => request<Found[]>("GET", path),
    refetchInterval: ({ state }) => (UNDER_WAY.includes(state.data?.[0]?.state ?? "") ? WATCH : false),
  });
  const begin = useMutation({
    mutationFn: () => request<Found>("POST", path, { body: { data } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: key }),
    onError: (error) => notifications.show({ color: "red", message: explain(error) }),
  });
  const busy = begin.isPending || UNDER_WAY.includes(query.data?.[0]?.state ?? "");
  return (
    <Stack gap={20}>
      {may && (
        <Group gap="sm">
          <SegmentedControl
            size="xs"
            aria-label="Judged on"
            value={data}
            onChange={(value) => setData(value as keyof typeof DATA)}
            data={[
              { label: "Golden set", value: "golden" },
              { label: "Settled production", value: "production" },
            ]}
          />
          <Button size="xs" loading={busy} onClick={() => begin.mutate()}>
            Diagnose version {model}
          </Button>
        </Group>
      )}
      <Loaded query={query}>{([found]) => <Causes found={found} model={model} />}</Loaded>
    </Stack>
  );
}

function Causes({ found, model }: { found?: Found; model: number }) {
  if (!found)
    return (
      <Nothing>
        Nobody asked yet what is wrong with version {model}. A diagnosis reads annotated documents with it, looks for
        symptoms, names the cause with its evidence, and says which command mends it.
      </Nothing>
    );
  if (UNDER_WAY.includes(found.state))
    return (
      <Nothing>
        Job {found.job} looks for what is wrong on {DATA[found.data]}.
      </Nothing>
    );
  if (found.f1 === null)
    return (
      <Nothing>
        Job {found.job} found nothing out: {found.problem ?? found.state}
      </Nothing>
    );
  return (
    <Stack gap={20}>
      <Text fz="sm" c="var(--ink-soft)">
        F1 {percent(found.f1, 1)} on {count(found.documents)} documents of {DATA[found.data]} · {moment(found.at)}
      </Text>
      {found.causes.length === 0 && <Nothing>Nothing is found to be wrong.</Nothing>}
      {found.causes.map((cause) => (
        <CauseCard key={`${cause.name} ${cause.evidence.join(" ")}`} cause={cause} />
      ))}
    </Stack>
  );
}

function CauseCard({ cause }: { cause: Cause }) {
  return (
    <Card
      title={`${cause.symptom[0]?.toUpperCase()}${cause.symptom.slice(1)}`}
      aside={<Tag color="orange">{named(cause.name)}</Tag>}
    >
      <ul style={{ margin: "0 0 12px", paddingLeft: 20 }}>
        {cause.evidence.map((said) => (
          <li key={said}>
            <Text span fz="sm" style={{ overflowWrap: "anywhere" }}>
              {said}
            </Text>
          </li>
        ))}
      </ul>
      <Text fz="xs" c="var(--ink-soft)">
        What mends it
      </Text>
      <Code block style={{ whiteSpace: "pre-wrap" }}>
        {cause.fix}
      </Code>
    </Card>
  );
}
