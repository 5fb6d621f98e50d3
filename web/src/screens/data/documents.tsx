import {
  Button,
  CloseButton,
  Drawer,
  Group,
  NumberInput,
  Select,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMemo, useState } from "react";
import type { StoredDocument } from "@/api/answers";
import { inProject } from "@/api/client";
import { useList } from "@/api/lists";
import type { TaskState } from "@/api/types";
import classes from "@/screens/data/data.module.css";
import { Reader } from "@/screens/data/reader";
import { KINDS } from "@/screens/models/kinds";
import { useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Nothing, Wide } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { named } from "@/shell/words";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

interface Filters {
  text: string;
  label: string;
  surface: string;
  source: string;
  confidence_below: string;
  error: string;
  disputed: "" | "true";
}

const NONE: Filters = {
  ...{ text: "", label: "", surface: "", source: "", confidence_below: "", error: "", disputed: "" },
};

export const STATE_COLOURS: Record<TaskState, "gray" | "blue" | "orange" | "red" | "teal"> = {
  open: "gray",
  leased: "gray",
  submitted: "blue",
  in_review: "blue",
  disputed: "orange",
  escalated: "red",
  resolved: "teal",
  rejected: "gray",
};

/** All documents, filtered by their words, by a span, by what was corrected, or to those that people disputed. */
export function Documents() {
  const project = useProject();
  const { data: guidelines } = useGuidelines();
  const { labels, styles } = useLabels(guidelines);
  const [filters, setFilters] = useState(NONE);
  const [settled] = useDebouncedValue(filters, 300);
  const [shown, setShown] = useState<StoredDocument | null>(null);
  const query = useMemo(
    () => new URLSearchParams(Object.entries(settled).filter(([, value]) => value)).toString(),
    [settled],
  );
  const list = useList<StoredDocument>(inProject(project, `/documents${query && `?${query}`}`));
  const change = (name: keyof Filters) => (value: string) => setFilters({ ...filters, [name]: value });
  const filtered = Object.values(filters).some(Boolean);

  return (
    <Stack>
      <Group gap="xs" role="search" aria-label="Filters">
        <Field name="In the text" value={filters.text} onChange={change("text")} w={200} />
        <Select
          aria-label="Label"
          placeholder="Label"
          searchable
          clearable
          w={170}
          value={filters.label || null}
          onChange={(value) => change("label")(value ?? "")}
          data={labels.map(({ label }) => label)}
        />
        <Field name="Surface form" value={filters.surface} onChange={change("surface")} w={150} />
        <Field name="Source" value={filters.source} onChange={change("source")} w={120} />
        <NumberInput
          aria-label="Confidence below"
          placeholder="Confidence below"
          w={160}
          min={0}
          max={1}
          step={0.05}
          decimalScale={2}
          value={filters.confidence_below}
          onChange={(value) => change("confidence_below")(String(value))}
        />
        <Select
          aria-label="Corrected"
          placeholder="Corrected"
          clearable
          w={170}
          value={filters.error || null}
          onChange={(value) => change("error")(value ?? "")}
          data={Object.entries(KINDS).map(([value, { name }]) => ({ value, label: name }))}
        />
        <Switch
          label="People disagreed"
          checked={filters.disputed === "true"}
          onChange={(event) => change("disputed")(event.currentTarget.checked ? "true" : "")}
        />
        {filtered && (
          <Button variant="subtle" color="gray" c="var(--ink)" onClick={() => setFilters(NONE)}>
            Clear
          </Button>
        )}
      </Group>
      {list.error && <Failure error={list.error} again={list.refetch} />}
      {list.items?.length === 0 && (
        <Nothing>
          {filtered
            ? "No document is like that."
            : "No documents yet: livener import, or POST …/import, brings them."}
        </Nothing>
      )}
      {Boolean(list.items?.length) && (
        <Wide name="Documents">
          <Table highlightOnHover fz="sm" verticalSpacing={7} className={classes.documents}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Document</Table.Th>
                <Table.Th>Text</Table.Th>
                <Table.Th ta="right">Spans</Table.Th>
                <Table.Th>Tasks</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items!.map((document) => (
                <Table.Tr key={document.id} className={classes.row} onClick={() => setShown(document)}>
                  <Table.Td>
                    <button type="button" className={classes.open} title={document.id}>
                      {document.id}
                    </button>
                  </Table.Td>
                  <Table.Td>
                    <Text fz="sm" lineClamp={1} dir="auto" maw={560}>
                      {document.text.slice(0, 200)}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="right">{document.prediction?.spans.length ?? "–"}</Table.Td>
                  <Table.Td>
                    <Group gap={4} wrap="nowrap">
                      {document.tasks.map((task) => (
                        <Tag key={task.id} color={STATE_COLOURS[task.state]}>
                          {named(task.state)}
                        </Tag>
                      ))}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Wide>
      )}
      {list.hasNextPage && (
        <Button
          variant="default"
          onClick={() => list.fetchNextPage()}
          loading={list.isFetchingNextPage}
          style={{ alignSelf: "center" }}
        >
          More
        </Button>
      )}
      <Drawer
        opened={shown !== null}
        onClose={() => setShown(null)}
        position="right"
        size="xl"
        title={shown?.id}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {shown && <Reader document={shown} styles={styles} />}
      </Drawer>
    </Stack>
  );
}

function Field({
  name,
  value,
  onChange,
  w,
}: {
  name: string;
  value: string;
  onChange: (value: string) => void;
  w: number;
}) {
  return (
    <TextInput
      aria-label={name}
      placeholder={name}
      w={w}
      maxLength={200}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      rightSection={value && <CloseButton size="sm" aria-label={`Clear ${name}`} onClick={() => onChange("")} />}
    />
  );
}
