import { Alert, Button, Group, Textarea } from "@mantine/core";
import { useLocalStorage } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { explain, inProject, Problem, request } from "@/api/client";
import type { Guidelines } from "@/api/types";
import classes from "@/screens/guidelines/guidelines.module.css";
import { Prose } from "@/screens/guidelines/prose";
import { useProject } from "@/session/session";
import { Screen } from "@/shell/screen";
import { useLabels } from "@/tasks/guidelines";

interface Draft {
  of: number;
  markdown: string;
}

/** The next version: what is written stays in this browser until it is published or thrown away. */
export default function Writing({ latest, close }: { latest: Guidelines; close: () => void }) {
  const project = useProject();
  const queries = useQueryClient();
  const { styles } = useLabels(latest);
  const [draft, setDraft, clearDraft] = useLocalStorage<Draft>({
    key: `livener.guidelines.${project}`,
    defaultValue: { of: latest.number, markdown: latest.markdown },
    getInitialValueInEffect: false,
  });
  const publish = useMutation({
    mutationFn: () =>
      request<Guidelines>("POST", inProject(project, "/guidelines"), {
        body: { markdown: draft.markdown },
        etag: `"${draft.of}"`,
      }),
    onSuccess: (made) => {
      clearDraft();
      queries.setQueryData(["guidelines", project], made);
      close();
    },
  });
  const overtaken = draft.of !== latest.number;
  const refused = publish.error;
  return (
    <Screen
      title={`Version ${latest.number + 1}`}
      actions={
        <Group gap={8}>
          <Button
            variant="default"
            onClick={() => {
              clearDraft();
              close();
            }}
          >
            Throw away
          </Button>
          <Button variant="default" onClick={close}>
            Later
          </Button>
          <Button
            loading={publish.isPending}
            disabled={draft.markdown === latest.markdown}
            onClick={() => publish.mutate()}
          >
            Publish
          </Button>
        </Group>
      }
    >
      {overtaken && (
        <Alert
          color="orange"
          variant="light"
          title={`Version ${latest.number} was published since you began from version ${draft.of}`}
        >
          Compare it under Changes, take over what you need, and then{" "}
          <Button
            variant="default"
            size="compact-xs"
            onClick={() => setDraft({ of: latest.number, markdown: draft.markdown })}
          >
            go on from version {latest.number}
          </Button>
        </Alert>
      )}
      {refused && (
        <Alert color="red" variant="light" role="alert" title="Not published">
          {explain(refused)} {refused instanceof Problem && refused.fix}
        </Alert>
      )}
      <div className={classes.writing}>
        <Textarea
          aria-label="Guidelines in Markdown: a section ## LABEL for each label"
          description="Markdown; a section ## LABEL for each label; examples as [Acme Corp](ORG)"
          value={draft.markdown}
          onChange={(event) => setDraft({ ...draft, markdown: event.currentTarget.value })}
          autosize
          minRows={24}
          spellCheck
          classNames={{ input: classes.source }}
        />
        <section className={classes.prose} aria-label="Preview">
          <Prose markdown={draft.markdown} styles={styles} />
        </section>
      </div>
    </Screen>
  );
}
