import { Alert, Button, Group, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain, inProject, Problem, request } from "@/api/client";
import type { Guidelines } from "@/api/types";
import { keyProblem, labelKeys } from "@/keys/label-keys";
import { Colour, Key } from "@/screens/settings/look";
import classes from "@/screens/settings/settings.module.css";
import { useProject } from "@/session/session";
import { IconButton } from "@/shell/layout";
import { Loaded, Wide } from "@/shell/screen";
import { labelStyles } from "@/spans/palette";
import { useGuidelines } from "@/tasks/guidelines";

interface Row {
  id: number;
  label: string;
  definition: string;
  colour: string | null;
  key: string | null;
}

/** The label set: its order gives each label its key and its colour, unless others are chosen. */
export function Labels() {
  const query = useGuidelines();
  return (
    <Loaded query={query}>{(guidelines) => <LabelSet key={guidelines.number} guidelines={guidelines} />}</Loaded>
  );
}

function LabelSet({ guidelines }: { guidelines: Guidelines }) {
  const project = useProject();
  const queries = useQueryClient();
  const known = rowsOf(guidelines);
  const [rows, setRows] = useState(known);
  const names = rows.map(({ label }) => label.trim());
  const asLabels = rows.map(({ id, colour, key }) => ({ label: String(id), colour, key }));
  const styles = labelStyles(asLabels);
  const keys = labelKeys(asLabels);
  const problems = new Map(rows.map((row) => [row.id, keyProblem(row, rows)] as const));
  const before = JSON.stringify(said(known));
  const now = JSON.stringify(said(rows));
  const save = useMutation({
    mutationFn: () => request("POST", inProject(project, "/labels"), { body: said(rows) }),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ["guidelines", project] }),
        queries.invalidateQueries({ queryKey: ["project", project] }),
      ]),
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
        A changed label or definition makes a new version of the guidelines; a colour or a key does not. Without a
        choice eight colours that stay apart for every eye take turns, each round with another line, and the digits
        that are free go to the first labels. A colour is made as dark or as light as it must be to be read.
      </Text>
      <Wide name="Labels">
        <Table fz="sm" verticalSpacing={5} className={classes.labels}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={64}>Key</Table.Th>
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
                  <Table.Td>
                    <Key
                      label={row.label || `label ${index + 1}`}
                      chosen={row.key}
                      usual={keys.get(String(row.id))}
                      problem={problems.get(row.id) ?? null}
                      onChange={(key) => change(row.id, { key })}
                    />
                  </Table.Td>
                  <Table.Td>
                    <Colour
                      label={row.label || `label ${index + 1}`}
                      colour={row.colour}
                      style={style}
                      onChange={(colour) => change(row.id, { colour })}
                    />
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
            setRows([
              ...rows,
              {
                id: Math.max(-1, ...rows.map(({ id }) => id)) + 1,
                ...{ label: "", definition: "", colour: null, key: null },
              },
            ])
          }
        >
          Add a label
        </Button>
        <Button
          disabled={
            now === before ||
            !rows.length ||
            names.some((label) => wrong(label)) ||
            [...problems.values()].some(Boolean)
          }
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save labels
        </Button>
      </Group>
    </Stack>
  );
}

function rowsOf({ labels, looks = {} }: Guidelines): readonly Row[] {
  return Object.entries(labels).map(([label, definition], id) => ({
    ...{ id, label, definition },
    colour: looks[label]?.colour ?? null,
    key: looks[label]?.key ?? null,
  }));
}

/** What the server gets. */
function said(rows: readonly Row[]) {
  const looks = rows
    .filter(({ colour, key }) => colour || key)
    .map(({ label, colour, key }) => [label.trim(), { ...(colour && { colour }), ...(key && { key }) }]);
  return {
    labels: Object.fromEntries(rows.map(({ label, definition }) => [label.trim(), definition.trim()])),
    looks: Object.fromEntries(looks),
  };
}
