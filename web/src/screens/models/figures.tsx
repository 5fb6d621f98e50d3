/** The figures of one version on what it stopped on: by label, confusions, how sure it is, and how it got there. */
import { Stack, Table } from "@mantine/core";
import type { Model } from "@/api/answers";
import { Confusion } from "@/screens/models/confusion";
import { LearningCurve } from "@/screens/models/learning-curve";
import classes from "@/screens/models/models.module.css";
import { Reliability } from "@/screens/models/reliability";
import { Card, Figures, Nothing, Wide } from "@/shell/screen";
import { count, figure, named, percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

export function ModelFigures({ model, models }: { model: Model; models: readonly Model[] }) {
  const { metrics } = model;
  if (!metrics.strict) return <Nothing>Version {model.number} was not evaluated.</Nothing>;
  const kinds = Object.entries(metrics.error_types ?? {});
  const learned = models.filter((one) => one.lineage.data?.train && one.metrics.strict);
  return (
    <Stack gap={20}>
      <Figures
        figures={[
          { name: `F1 of version ${model.number}`, value: percent(metrics.strict.f1, 1), note: "spans and labels" },
          { name: "Boundaries alone", value: percent(metrics.boundary?.f1, 1), note: "F1 without labels" },
          ...(metrics.calibration
            ? [{ name: "Calibration error", value: figure(metrics.calibration.ece), note: "0 is perfect" }]
            : []),
          {
            name: "Mistakes",
            value: count(kinds.reduce((sum, [, number]) => sum + number, 0)),
            note: kinds.map(([kind, number]) => `${named(kind).toLowerCase()} ${count(number)}`).join(" · "),
          },
        ]}
      />
      <PerLabel model={model} />
      <div className={classes.pair}>
        {metrics.calibration && (
          <Card title="How sure, how right" aside="A point on the line keeps its word">
            <Reliability bins={metrics.calibration.bins} />
          </Card>
        )}
        {learned.length > 1 && (
          <Card title="Learning curve" aside="F1 by documents learned from">
            <LearningCurve models={learned} chosen={model.number} />
          </Card>
        )}
      </div>
      {metrics.confusion && (
        <Card title="Confusion" aside="Rows are what is true, columns what was predicted">
          <Confusion confusion={metrics.confusion} />
        </Card>
      )}
    </Stack>
  );
}

function PerLabel({ model }: { model: Model }) {
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
