/** Guidelines: what is in force, what changed, what experts decided; and, for those who lead, the next version. */
import { Button, Select, Tabs, Text } from "@mantine/core";
import { IconCheck, IconPencil } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import type { Guidelines as Version } from "@/api/types";
import { Changes } from "@/screens/guidelines/changes";
import { Examples } from "@/screens/guidelines/examples";
import { Readers } from "@/screens/guidelines/readers";
import { Reading } from "@/screens/guidelines/reading";
import { useMay, useProject } from "@/session/session";
import { Loaded, Nothing, Screen } from "@/shell/screen";
import { day } from "@/shell/words";
import { useGuidelines } from "@/tasks/guidelines";

const Writing = lazy(() => import("@/screens/guidelines/writing"));

export default function Guidelines() {
  const project = useProject();
  const lead = useMay("lead");
  const reviewer = useMay("reviewer");
  const latest = useGuidelines();
  const versions = useList<Version>(inProject(project, "/guidelines/versions"));
  const [number, setNumber] = useState<number | null>(null);
  const [writing, setWriting] = useState(false);
  const read = useMutation({
    mutationFn: (version: number) => request("POST", inProject(project, `/guidelines/${version}/read`)),
  });

  return (
    <Loaded query={latest}>
      {(now) => {
        const known = versions.items ?? [now];
        const shown = known.find((one) => one.number === number) ?? now;
        if (writing) {
          return (
            <Suspense fallback={null}>
              <Writing
                latest={now}
                close={() => {
                  setWriting(false);
                  setNumber(null);
                  void versions.refetch();
                }}
              />
            </Suspense>
          );
        }
        return (
          <Screen
            title="Guidelines"
            actions={
              <span style={{ display: "flex", gap: 8, flexWrap: "wrap" }}>
                <Select
                  size="sm"
                  w={290}
                  aria-label="Version"
                  allowDeselect={false}
                  value={String(shown.number)}
                  onChange={(value) => setNumber(Number(value))}
                  data={known.map((one) => ({
                    value: String(one.number),
                    label: `Version ${one.number} · ${day(one.created_at)}${one.number === now.number ? " · in force" : ""}`,
                  }))}
                />
                <Button
                  variant="default"
                  leftSection={<IconCheck size={16} />}
                  disabled={read.data !== undefined || read.isSuccess}
                  onClick={() => read.mutate(shown.number)}
                >
                  {read.isSuccess ? "Noted as read" : "I have read it"}
                </Button>
                {lead && (
                  <Button leftSection={<IconPencil size={16} />} onClick={() => setWriting(true)}>
                    Edit
                  </Button>
                )}
              </span>
            }
          >
            <Tabs defaultValue="read" keepMounted={false}>
              <Tabs.List mb="lg">
                <Tabs.Tab value="read">Read</Tabs.Tab>
                <Tabs.Tab value="changes">Changes</Tabs.Tab>
                <Tabs.Tab value="examples">Examples</Tabs.Tab>
                {reviewer && <Tabs.Tab value="readers">Readers</Tabs.Tab>}
              </Tabs.List>
              <Tabs.Panel value="read">
                <Text fz="xs" c="var(--ink-soft)" mb="sm">
                  Version {shown.number} by {shown.author}
                </Text>
                <Reading version={shown} />
              </Tabs.Panel>
              <Tabs.Panel value="changes">
                {known.length > 1 ? (
                  <Changes numbers={known.map((one) => one.number)} />
                ) : (
                  <Nothing>There is one version: nothing has changed yet.</Nothing>
                )}
              </Tabs.Panel>
              <Tabs.Panel value="examples">
                <Examples version={now} />
              </Tabs.Panel>
              <Tabs.Panel value="readers">
                <Readers />
              </Tabs.Panel>
            </Tabs>
          </Screen>
        );
      }}
    </Loaded>
  );
}
