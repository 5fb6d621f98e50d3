import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Doubts, SectionDiff } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import classes from "@/screens/guidelines/guidelines.module.css";
import { useMay, useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count } from "@/shell/words";

const COLOURS = { added: "teal", removed: "red", changed: "orange", same: "gray" } as const;

/** What changed from one version to another, and which decisions that puts in doubt. */
export function Changes({ numbers }: { numbers: readonly number[] }) {
  const project = useProject();
  const [latest, before] = numbers;
  const [old, setOld] = useState(before!);
  const [now, setNow] = useState(latest!);
  const between = `old=${old}&new=${now}`;
  const diff = useQuery({
    queryKey: ["guidelines-diff", project, old, now],
    queryFn: () => request<SectionDiff[]>("GET", inProject(project, `/guidelines/diff?${between}`)),
  });
  const pick = (name: string, value: number, set: (value: number) => void) => (
    <Select
      size="xs"
      w={130}
      aria-label={name}
      allowDeselect={false}
      value={String(value)}
      onChange={(chosen) => set(Number(chosen))}
      data={numbers.map((one) => ({ value: String(one), label: `Version ${one}` }))}
    />
  );
  return (
    <Stack>
      <Group gap="xs">
        {pick("From", old, setOld)}
        <Text fz="sm">to</Text>
        {pick("To", now, setNow)}
      </Group>
      {old < now && <InDoubt old={old} now={now} key={between} />}
      <Loaded query={diff}>
        {(sections) => {
          const changed = sections.filter(({ status }) => status !== "same");
          if (!changed.length) return <Nothing>These two say the same.</Nothing>;
          return changed.map(({ label, status, lines }) => (
            <Card
              key={label}
              title={label || "Before the first label"}
              aside={<Tag color={COLOURS[status]}>{status}</Tag>}
            >
              <div className={classes.diff}>
                {lines.map((line, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: lines repeat, and never move
                  <DiffLine key={index} line={line} />
                ))}
              </div>
            </Card>
          ));
        }}
      </Loaded>
    </Stack>
  );
}

function DiffLine({ line }: { line: string }) {
  if (/^(---|\+\+\+)( |$)/.test(line) || line.startsWith("@@")) return null;
  const Element = line.startsWith("+") ? "ins" : line.startsWith("-") ? "del" : "span";
  return <Element dir="auto">{line || " "}</Element>;
}

function InDoubt({ old, now }: { old: number; now: number }) {
  const project = useProject();
  const lead = useMay("lead");
  const reviewer = useMay("reviewer");
  const path = inProject(project, `/guidelines/doubts?old=${old}&new=${now}`);
  const query = useQuery({
    queryKey: ["doubts", path],
    queryFn: () => request<Doubts>("GET", `${path}&limit=1`),
    enabled: reviewer,
  });
  const reopen = useMutation({
    mutationFn: () => request<{ reopened: number }>("POST", path),
    onSuccess: () => query.refetch(),
  });
  const doubts = query.data;
  if (!doubts) return null;
  return (
    <Card title={`${count(doubts.tasks)} decided ${doubts.tasks === 1 ? "task is" : "tasks are"} in doubt`}>
      <Group justify="space-between">
        <Text fz="sm" c="var(--ink-soft)">
          {doubts.tasks
            ? Object.entries(doubts.labels)
                .map(([label, tasks]) => `${label} ${count(tasks)}`)
                .join(" · ")
            : "No decided task has a label whose section changed."}
          {reopen.data && ` ${count(reopen.data.reopened)} were opened again.`}
        </Text>
        {lead && doubts.tasks > 0 && (
          <Button size="xs" loading={reopen.isPending} onClick={() => reopen.mutate()}>
            Open them again
          </Button>
        )}
      </Group>
      {reopen.error && (
        <Text fz="sm" role="alert">
          {explain(reopen.error)}
        </Text>
      )}
    </Card>
  );
}
