import { Alert, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain, inProject, Problem, request } from "@/api/client";
import classes from "@/screens/settings/settings.module.css";
import { useProject } from "@/session/session";
import { IconButton } from "@/shell/layout";
import { Loaded, Wide } from "@/shell/screen";
import { labelColours } from "@/spans/chip";
import { labelStyles, SWATCHES } from "@/spans/palette";
import { useGuidelines } from "@/tasks/guidelines";

interface Row {
  id: number;
  label: string;
  definition: string;
}

/** The label set: its order gives each label its key and its colour. */
export function Labels() {
  const query = useGuidelines();
  return (
    <Loaded query={query}>
      {(guidelines) => <LabelSet key={guidelines.number} labels={Object.entries(guidelines.labels)} />}
    </Loaded>
  );
}

function LabelSet({ labels }: { labels: readonly (readonly [string, string])[] }) {
  const project = useProject();
  const queries = useQueryClient();
  const [rows, setRows] = useState<readonly Row[]>(() =>
    labels.map(([label, definition], id) => ({ id, label, definition })),
  );
  const styles = labelStyles(rows.map(({ id }) => ({ label: String(id) })));
  const names = rows.map(({ label }) => label.trim());
  const before = JSON.stringify(labels);
  const now = JSON.stringify(rows.map(({ label, definition }) => [label.trim(), definition.trim()]));
  const save = useMutation({
    mutationFn: () =>
      request("POST", inProject(project, "/labels"), { body: { labels: Object.fromEntries(JSON.parse(now)) } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["guidelines", project] }),
  });
  const change = (id: number, part: Partial<Row>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  const swap = (index: number, other: number) =>
    setRows(rows.map((row, at) => rows[at === index ? other : at === other ? index : at] ?? row));
  const wrong = (label: string) =>
    !label.trim() ? "A name" : names.filter((one) => one === label.trim()).length > 1 ? "Twice" : null;

  return (
    <Stack>
      <Text fz="sm" c="var(--ink-soft)" maw={640}>
        A saved change makes a new version of the guidelines. The first nine labels have the keys 1 to 9; eight
        colours that stay apart for every eye take turns, each round with another line.
      </Text>
      <Wide name="Labels">
        <Table fz="sm" verticalSpacing={5} className={classes.labels}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={44}>Key</Table.Th>
              <Table.Th w={110}>Colour</Table.Th>
              <Table.Th w={220}>Label</Table.Th>
              <Table.Th>Definition</Table.Th>
              <Table.Th w={120} aria-label="Order" />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row, index) => {
              const style = styles.get(String(row.id))!;
              return (
                <Table.Tr key={row.id}>
                  <Table.Td>{index < 9 ? <kbd>{index + 1}</kbd> : "–"}</Table.Td>
                  <Table.Td>
                    <span className={classes.colour} style={labelColours(style)}>
                      {SWATCHES[style.swatch]!.name}
                    </span>
                  </Table.Td>
                  <Table.Td>
                    <TextInput
                      size="xs"
                      aria-label={`Label ${index + 1}`}
                      maxLength={100}
                      value={row.label}
                      error={wrong(row.label)}
                      onChange={(event) => change(row.id, { label: event.currentTarget.value })}
                    />
                  </Table.Td>
                  <Table.Td>
                    <TextInput
                      size="xs"
                      aria-label={`Definition of ${row.label || `label ${index + 1}`}`}
                      maxLength={10_000}
                      value={row.definition}
                      onChange={(event) => change(row.id, { definition: event.currentTarget.value })}
                    />
                  </Table.Td>
                  <Table.Td>
                    <Group gap={0} wrap="nowrap">
                      <IconButton
                        name={`${row.label} up`}
                        size="md"
                        disabled={index === 0}
                        onClick={() => swap(index, index - 1)}
                      >
                        <IconArrowUp size={16} />
                      </IconButton>
                      <IconButton
                        name={`${row.label} down`}
                        size="md"
                        disabled={index === rows.length - 1}
                        onClick={() => swap(index, index + 1)}
                      >
                        <IconArrowDown size={16} />
                      </IconButton>
                      <IconButton
                        name={`Remove ${row.label}`}
                        size="md"
                        onClick={() => setRows(rows.filter((one) => one !== row))}
                      >
                        <IconTrash size={16} />
                      </IconButton>
                    </Group>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Wide>
      {save.error && (
        <Alert color="red" variant="light" role="alert" title="Not saved">
          {explain(save.error)} {save.error instanceof Problem && save.error.fix}
        </Alert>
      )}
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() =>
            setRows([...rows, { id: Math.max(-1, ...rows.map(({ id }) => id)) + 1, label: "", definition: "" }])
          }
        >
          Add a label
        </Button>
        <Button
          disabled={now === before || !rows.length || names.some((label) => wrong(label))}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save labels
        </Button>
      </Group>
    </Stack>
  );
}
