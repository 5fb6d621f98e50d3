/** Models: the versions of a project, their figures, and two of them beside each other. */
import { Code, Group, Select, Stack, Table, Text } from "@mantine/core";
import { IconBox } from "@tabler/icons-react";
import { useState } from "react";
import type { Model } from "@/api/answers";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import { Confusion } from "@/screens/models/confusion";
import { useProject } from "@/session/session";
import { Empty } from "@/shell/empty";
import { Failure } from "@/shell/failure";
import { Card, Figures, Nothing, Screen, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, figure, moment, named, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

export default function Models() {
  const project = useProject();
  const list = useList<Model>(inProject(project, "/models"), { limit: 200 });
  const [chosen, setChosen] = useState<number | null>(null);
  const [against, setAgainst] = useState<number | null>(null);
  const models = list.items;
  if (list.error) return <Failure error={list.error} again={list.refetch} />;
  if (!models) return null;
  const model = models.find(({ number }) => number === chosen) ?? models[0];
  if (!model) {
    return (
      <Empty title="No model yet" icon={<IconBox size={40} stroke={1.4} />}>
        A model version comes here when one was trained on a dataset version: with its figures for each label, its
        confusions, and the names that point at it, such as production.
      </Empty>
    );
  }
  const other = models.find(({ number }) => number === against && number !== model.number) ?? null;
  const pick = (name: string, value: number | null, set: (value: number | null) => void, clearable: boolean) => (
    <Select
      size="xs"
      w={210}
      aria-label={name}
      placeholder={name}
      clearable={clearable}
      allowDeselect={clearable}
      value={value === null ? null : String(value)}
      onChange={(now) => set(now === null ? null : Number(now))}
      data={models
        .filter(({ number }) => !clearable || number !== model.number)
        .map(({ number, aliases }) => ({
          value: String(number),
          label: [`Version ${number}`, ...aliases].join(" · "),
        }))}
    />
  );
  return (
    <Screen
      title="Models"
      actions={
        <Group gap="xs">
          {pick("Version", model.number, setChosen, false)}
          {models.length > 1 && pick("Compare with", other?.number ?? null, setAgainst, true)}
        </Group>
      }
    >
      <Card title="Versions">
        <Wide name="Versions">
          <Table fz="sm" highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Version</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th ta="right">F1</Table.Th>
                <Table.Th ta="right">Precision</Table.Th>
                <Table.Th ta="right">Recall</Table.Th>
                <Table.Th>Guidelines</Table.Th>
                <Table.Th>Pipeline</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {models.map((one) => (
                <Table.Tr key={one.number}>
                  <Table.Td>
                    <Group gap={6} wrap="nowrap">
                      <b>{one.number}</b>
                      {one.aliases.map((alias) => (
                        <Tag key={alias} color={alias === "production" ? "teal" : "gray"}>
                          {alias}
                        </Tag>
                      ))}
                    </Group>
                  </Table.Td>
                  <Table.Td style={{ whiteSpace: "nowrap" }}>{moment(one.created_at)}</Table.Td>
                  <Table.Td ta="right">{percent(one.metrics.strict?.f1, 1)}</Table.Td>
                  <Table.Td ta="right">{percent(one.metrics.strict?.precision, 1)}</Table.Td>
                  <Table.Td ta="right">{percent(one.metrics.strict?.recall, 1)}</Table.Td>
                  <Table.Td>{one.guideline ?? "–"}</Table.Td>
                  <Table.Td>
                    <Code>{one.pipeline.slice(0, 20)}</Code>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      </Card>
      <Details model={model} other={other} />
    </Screen>
  );
}

function Details({ model, other }: { model: Model; other: Model | null }) {
  const { metrics } = model;
  if (!metrics.strict) return <Nothing>Version {model.number} was not evaluated.</Nothing>;
  const kinds = Object.entries(metrics.error_types ?? {});
  return (
    <Stack gap={20}>
      <Figures
        figures={[
          {
            name: `F1 of version ${model.number}`,
            value: percent(metrics.strict.f1, 1),
            note: other && `${percent(other.metrics.strict?.f1, 1)} in version ${other.number}`,
          },
          { name: "Boundaries alone", value: percent(metrics.boundary?.f1, 1), note: "F1 without labels" },
          ...kinds.map(([kind, number]) => ({
            name: named(kind),
            value: count(number),
            note: other && `${count(other.metrics.error_types?.[kind] ?? 0)} in version ${other.number}`,
          })),
        ]}
      />
      <PerLabel model={model} other={other} />
      {metrics.confusion && (
        <Card title="Confusion" aside="Rows are what is true, columns what was predicted">
          <Confusion confusion={metrics.confusion} />
        </Card>
      )}
    </Stack>
  );
}

function PerLabel({ model, other }: { model: Model; other: Model | null }) {
  const { data: guidelines } = useGuidelines();
  const { styles } = useLabels(guidelines);
  const labels = Object.entries(model.metrics.per_label ?? {}).sort(([, one], [, two]) => one.f1 - two.f1);
  return (
    <Card title="By label" aside="The weakest first">
      <Wide name="Figures by label">
        <Table fz="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Label</Table.Th>
              <Table.Th ta="right">F1</Table.Th>
              {other && <Table.Th ta="right">Against version {other.number}</Table.Th>}
              <Table.Th ta="right">Precision</Table.Th>
              <Table.Th ta="right">Recall</Table.Th>
              <Table.Th ta="right">Spans</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {labels.map(([label, score]) => (
              <Table.Tr key={label}>
                <Table.Td>
                  <LabelChip label={label} styles={styles} />
                </Table.Td>
                <Table.Td ta="right">{percent(score.f1, 1)}</Table.Td>
                {other && (
                  <Table.Td ta="right">
                    <Change by={score.f1 - (other.metrics.per_label?.[label]?.f1 ?? Number.NaN)} />
                  </Table.Td>
                )}
                <Table.Td ta="right">{percent(score.precision, 1)}</Table.Td>
                <Table.Td ta="right">{percent(score.recall, 1)}</Table.Td>
                <Table.Td ta="right">{count(score.support)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </Card>
  );
}

function Change({ by }: { by: number }) {
  if (Number.isNaN(by)) return <span>–</span>;
  const points = by * 100;
  if (Math.abs(points) < 0.05) return <span>same</span>;
  return (
    <Text
      span
      fz="sm"
      fw={550}
      style={{ whiteSpace: "nowrap" }}
      c={by > 0 ? "var(--accent)" : "light-dark(#b42318, #ff9b93)"}
    >
      {by > 0 ? "▲ +" : "▼ −"}
      {figure(Math.abs(points)).replace(/\d$/, "")}
    </Text>
  );
}
