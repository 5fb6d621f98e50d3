/** Data: the documents of a project, its dataset versions, what people corrected, and what is wrong in it. */
import { Button, Menu, Tabs } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Statistics } from "@/api/answers";
import { inProject, request } from "@/api/client";
import type { TaskState } from "@/api/types";
import { Corrections } from "@/screens/data/corrections";
import { Datasets } from "@/screens/data/datasets";
import { Documents } from "@/screens/data/documents";
import { QualityFindings } from "@/screens/data/quality";
import { useMay, useProject } from "@/session/session";
import { Figures, Loaded, Screen } from "@/shell/screen";
import { count, named } from "@/shell/words";

const EXPORTS = [
  ["resolved", "Decided documents"],
  ["annotations", "All annotations"],
  ["predictions", "Predictions"],
] as const;

export default function Data() {
  const project = useProject();
  const lead = useMay("lead");
  const query = useQuery({
    queryKey: ["statistics", project],
    queryFn: () => request<Statistics>("GET", inProject(project, "/statistics")),
  });
  return (
    <Screen
      title="Data"
      actions={
        lead && (
          <Menu position="bottom-end" shadow="md">
            <Menu.Target>
              <Button variant="default" leftSection={<IconDownload size={16} />}>
                Export
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {EXPORTS.map(([what, name]) => (
                <Menu.Item
                  key={what}
                  component="a"
                  download
                  href={`/v1${inProject(project, `/export?what=${what}&format=jsonl`)}`}
                >
                  {name} as JSON Lines
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )
      }
    >
      <Loaded query={query}>{(statistics) => <Figures figures={figures(statistics)} />}</Loaded>
      <Tabs defaultValue="documents" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="documents">Documents</Tabs.Tab>
          <Tabs.Tab value="datasets">Dataset versions</Tabs.Tab>
          <Tabs.Tab value="corrections">Corrections</Tabs.Tab>
          <Tabs.Tab value="quality">Quality</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="documents">
          <Documents />
        </Tabs.Panel>
        <Tabs.Panel value="datasets">
          <Datasets />
        </Tabs.Panel>
        <Tabs.Panel value="corrections">
          <Corrections />
        </Tabs.Panel>
        <Tabs.Panel value="quality">
          <QualityFindings />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}

function figures({ documents, annotations, tasks, corrections }: Statistics) {
  const total = tasks.reduce((sum, one) => sum + one.count, 0);
  const of = (state: TaskState) =>
    tasks.filter((one) => one.state === state).reduce((sum, one) => sum + one.count, 0);
  const kinds = Object.entries(corrections).sort(([, one], [, other]) => other - one);
  return [
    { name: "Documents", value: count(documents) },
    { name: "Tasks decided", value: count(of("resolved")), note: `of ${count(total)}` },
    {
      name: "Waiting for reviewers",
      value: count(of("disputed") + of("submitted") + of("escalated")),
      note: `${count(of("disputed"))} disputed`,
    },
    { name: "Annotations", value: count(annotations) },
    {
      name: "Corrections",
      value: count(kinds.reduce((sum, [, number]) => sum + number, 0)),
      note: kinds[0] && `most: ${named(kinds[0][0]).toLowerCase()}`,
    },
  ];
}
