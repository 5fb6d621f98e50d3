import { Alert, Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { explain, inProject, Problem, request } from "@/api/client";
import type { Project } from "@/api/types";
import { useProject } from "@/session/session";
import { Card, Loaded } from "@/shell/screen";
import { useGuidelines } from "@/tasks/guidelines";

interface Up {
  disagreement?: boolean;
  flag?: boolean;
  labels?: string[];
  sources?: string[];
  confidence_below?: number | null;
  label_kappa_below?: number | null;
  share?: number;
}

interface Rules {
  overlap?: number;
  lease_minutes?: number;
  idle_seconds?: number;
  strategy?: string;
  kappa_limit?: number | null;
  up?: Up;
}

interface Routing {
  limit?: number;
  confidence?: number;
  audit_share?: number;
  reviewer?: string[];
  expert?: string[];
  questions?: number;
  words?: boolean;
}

/** How often a text is annotated, what goes up to a reviewer, and what a model may decide alone. */
export function ReviewRules() {
  const project = useProject();
  const query = useQuery({
    queryKey: ["project", project],
    queryFn: () => request<Project>("GET", inProject(project)),
    staleTime: 0,
  });
  return <Loaded query={query}>{(found) => <Form key={found.etag} found={found} />}</Loaded>;
}

function Form({ found }: { found: Project }) {
  const queries = useQueryClient();
  const { data: guidelines } = useGuidelines();
  const [rules, setRules] = useState((found.settings.review ?? {}) as Rules);
  const [routing, setRouting] = useState((found.settings.routing ?? {}) as Routing);
  const up = rules.up ?? {};
  const save = useMutation({
    mutationFn: () =>
      request<Project>("PATCH", inProject(found.name), {
        body: { settings: { ...found.settings, review: rules, routing } },
        etag: `"${found.etag}"`,
      }),
    onSuccess: (changed) => queries.setQueryData(["project", found.name], changed),
  });
  const set = (part: Partial<Rules>) => setRules({ ...rules, ...part });
  const setUp = (part: Partial<Up>) => set({ up: { ...up, ...part } });
  const route = (part: Partial<Routing>) => setRouting({ ...routing, ...part });
  const share = (value: number | string) => (value === "" ? null : Number(value));
  const part = { min: 0, max: 1, step: 0.05, decimalScale: 3 };
  const rate = { min: 0.001, max: 0.999, step: 0.01, decimalScale: 4 };
  const labels = Object.keys(guidelines?.labels ?? {});
  const same = (now: object, before: unknown) => JSON.stringify(now) === JSON.stringify(before ?? {});

  return (
    <Stack>
      <Card title="Annotating">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <NumberInput
            label="People for each text"
            description="How many annotate it, each on their own"
            min={1}
            max={100}
            allowDecimal={false}
            value={rules.overlap ?? 1}
            onChange={(value) => set({ overlap: Number(value) || 1 })}
          />
          <NumberInput
            label="Minutes that a task is kept"
            description="After that, somebody else may get it"
            min={1}
            max={1440}
            value={rules.lease_minutes ?? 30}
            onChange={(value) => set({ lease_minutes: Number(value) || 30 })}
          />
          <Select
            label="First merge"
            description="What a reviewer starts from"
            allowDeselect={false}
            value={rules.strategy ?? "weighted"}
            onChange={(value) => set({ strategy: value ?? "weighted" })}
            data={[
              { value: "weighted", label: "By people’s reliability" },
              { value: "majority", label: "By majority" },
              { value: "tier", label: "By the highest tier" },
            ]}
          />
          <NumberInput
            label="No training below this κ"
            description="Of a label; empty for no limit"
            {...part}
            value={rules.kappa_limit ?? ""}
            onChange={(value) => set({ kappa_limit: share(value) })}
          />
        </SimpleGrid>
      </Card>
      <Card title="What goes up to a reviewer">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <Switch
            label="Texts that people disagree on"
            checked={up.disagreement ?? true}
            onChange={(event) => setUp({ disagreement: event.currentTarget.checked })}
          />
          <Switch
            label="Texts that somebody flagged"
            checked={up.flag ?? true}
            onChange={(event) => setUp({ flag: event.currentTarget.checked })}
          />
          <TagsInput
            label="These labels, always"
            data={labels}
            value={up.labels ?? []}
            onChange={(labels) => setUp({ labels })}
          />
          <TagsInput
            label="Predictions of these sources, always"
            value={up.sources ?? []}
            onChange={(sources) => setUp({ sources })}
          />
          <NumberInput
            label="Predictions less sure than"
            description="Empty for none"
            {...part}
            value={up.confidence_below ?? ""}
            onChange={(value) => setUp({ confidence_below: share(value) })}
          />
          <NumberInput
            label="Labels with a κ below"
            description="Empty for none"
            {...part}
            value={up.label_kappa_below ?? ""}
            onChange={(value) => setUp({ label_kappa_below: share(value) })}
          />
          <NumberInput
            label="A random share of all"
            description="From 0 to 1"
            {...part}
            value={up.share ?? 0}
            onChange={(value) => setUp({ share: Number(value) })}
          />
        </SimpleGrid>
      </Card>
      <Card title="What a model may decide alone" aside="Limit and confidence hold from the next calibration on">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="lg">
          <NumberInput
            label="Wrong among the accepted, at most"
            description="A share; empty for 0.02"
            {...rate}
            value={routing.limit ?? ""}
            onChange={(value) => route({ limit: share(value) ?? undefined })}
          />
          <NumberInput
            label="Confidence to hold it with"
            description="Empty for 0.95"
            {...rate}
            value={routing.confidence ?? ""}
            onChange={(value) => route({ confidence: share(value) ?? undefined })}
          />
          <NumberInput
            label="Share of the accepted that people see all the same"
            description="Audits, for ever; empty for 0.05"
            {...rate}
            value={routing.audit_share ?? ""}
            onChange={(value) => route({ audit_share: share(value) ?? undefined })}
          />
          <TagsInput
            label="A reviewer sees every one of"
            data={labels}
            value={routing.reviewer ?? []}
            onChange={(reviewer) => route({ reviewer })}
          />
          <TagsInput
            label="An expert sees every one of"
            data={labels}
            value={routing.expert ?? []}
            onChange={(expert) => route({ expert })}
          />
          <NumberInput
            label="Yes or no, up to so many spans in doubt"
            description="In a text, and nothing else is asked of it; empty for never"
            min={0}
            max={100}
            allowDecimal={false}
            value={routing.questions ?? ""}
            onChange={(value) => route({ questions: share(value) ?? undefined })}
          />
          <Switch
            label="Of other texts, only the words in doubt"
            checked={routing.words ?? false}
            onChange={(event) => route({ words: event.currentTarget.checked })}
          />
        </SimpleGrid>
      </Card>
      {save.error && (
        <Alert color="red" variant="light" role="alert" title="Not saved">
          {explain(save.error)} {save.error instanceof Problem && save.error.fix}
        </Alert>
      )}
      <Group justify="flex-end">
        <Button
          disabled={same(rules, found.settings.review) && same(routing, found.settings.routing)}
          loading={save.isPending}
          onClick={() => save.mutate()}
        >
          Save rules
        </Button>
      </Group>
    </Stack>
  );
}
