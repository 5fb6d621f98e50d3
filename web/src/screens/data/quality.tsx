/** What `livener check` finds in what was settled, and a way to put each right, or all that are the same. */
import { Button, Checkbox, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Change, Fixed, QualityFinding, QualityReport } from "@/api/answers";
import { explain, inProject, request } from "@/api/client";
import { useList } from "@/api/lists";
import type { Page } from "@/api/types";
import { changeFor, fixName, inParts, type Way } from "@/screens/data/changes";
import { Changing } from "@/screens/data/changing";
import classes from "@/screens/data/data.module.css";
import { useMay, useProject } from "@/session/session";
import { Failure } from "@/shell/failure";
import { Loaded, Nothing } from "@/shell/screen";
import { Tag } from "@/shell/tag";
import { count, named } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import { Excerpt } from "@/spans/excerpt";
import { useGuidelines, useLabels } from "@/tasks/guidelines";

/** What was done about some findings, and the changes that undo it. */
interface Done {
  findings: readonly string[];
  documents: number;
  undo: readonly Change[];
}

export function QualityFindings() {
  const project = useProject();
  const [kind, setKind] = useState("");
  const list = useList<QualityFinding>(inProject(project, `/quality${kind && `?kind=${encodeURIComponent(kind)}`}`), {
    limit: 30,
  });
  const [done, setDone] = useState<readonly Done[]>([]);
  const found = list.data?.pages[0] as QualityReport | undefined;
  return (
    <Loaded query={{ ...list, data: found }}>
      {({ settled, looked_at, kinds }) => (
        <Stack gap="md">
          <Group justify="space-between" gap="xs">
            {/* biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be a wrapping flex line */}
            <div className={classes.kinds} role="group" aria-label="Kind">
              {[{ kind: "", count: kinds.reduce((sum, one) => sum + one.count, 0), fault: false }, ...kinds].map(
                (one) => (
                  <button
                    key={one.kind}
                    type="button"
                    className={classes.kind}
                    aria-pressed={kind === one.kind}
                    data-fault={one.fault || undefined}
                    onClick={() => setKind(one.kind)}
                  >
                    {one.kind ? named(one.kind) : "All"} <b>{count(one.count)}</b>
                  </button>
                ),
              )}
            </div>
            <Button
              size="xs"
              variant="default"
              loading={list.isRefetching && !list.isFetchingNextPage}
              onClick={() => {
                setDone([]);
                void list.refetch();
              }}
            >
              Look again
            </Button>
          </Group>
          <Text fz="sm" c="var(--ink-soft)">
            {settled === 0
              ? "Nothing is settled yet."
              : looked_at < settled
                ? `In the ${count(looked_at)} latest of ${count(settled)} settled documents.`
                : `In ${count(looked_at)} settled ${looked_at === 1 ? "document" : "documents"}; golden ones are not looked at.`}
          </Text>
          {settled > 0 && kinds.length === 0 && <Nothing>Nothing is wrong or odd.</Nothing>}
          <Findings
            items={list.items ?? []}
            meanings={new Map(kinds.map((one) => [one.kind, one.meaning]))}
            done={done}
            setDone={setDone}
          />
          {list.error && <Failure error={list.error} again={list.refetch} />}
          {list.hasNextPage && (
            <Button
              variant="default"
              style={{ alignSelf: "center" }}
              loading={list.isFetchingNextPage}
              onClick={() => list.fetchNextPage()}
            >
              More
            </Button>
          )}
        </Stack>
      )}
    </Loaded>
  );
}

interface FindingsProps {
  items: readonly QualityFinding[];
  meanings: ReadonlyMap<string, string>;
  done: readonly Done[];
  setDone: (next: (before: readonly Done[]) => readonly Done[]) => void;
}

function Findings({ items, meanings, done, setDone }: FindingsProps) {
  const project = useProject();
  const expert = useMay("expert");
  const may = ({ tier }: QualityFinding) => tier !== "expert" || expert;
  const send = async (changes: readonly Change[], reason: string, findings: readonly string[]) => {
    let made: Done = { findings, documents: 0, undo: [] };
    for (const part of inParts(changes)) {
      const body = { changes: part, reason };
      const { undo } = await request<Fixed>("POST", inProject(project, "/quality/fixes"), { body });
      const before = made;
      const now = { findings, documents: before.documents + part.length, undo: [...before.undo, ...undo] };
      // What is done is done, also where a later part is refused: it must be there to be undone.
      setDone((every) => [...every.filter((one) => one !== before), now]);
      made = now;
    }
  };
  const apply = useMutation({
    mutationFn: async ({ finding, way, all }: { finding: QualityFinding; way: Way | Change; all: boolean }) => {
      const reason = `quality check: ${finding.kind}`;
      if ("document" in way) return send([way], reason, [finding.id]);
      const some = all ? (await group(project, finding.group)).filter(may) : [finding];
      const changes = some.flatMap((one) => changeFor(one, way) ?? []);
      return send(
        changes,
        reason,
        some.map(({ id }) => id),
      );
    },
  });
  const undo = useMutation({
    mutationFn: async (one: Done) => {
      for (const part of inParts(one.undo)) {
        await request("POST", inProject(project, "/quality/fixes"), { body: { changes: part, reason: "undone" } });
      }
      return one;
    },
    onSuccess: (one) => setDone((before) => before.filter((other) => other !== one)),
  });
  return items.map((finding, index) => {
    const { kind } = finding;
    const over = items[index - 1]?.kind === kind ? null : kind;
    return (
      <div key={finding.id}>
        {over && (
          <header className={classes.kindHead}>
            <Title order={2} fz="md">
              {named(over)}
            </Title>
            {finding.fault && <Tag color="red">Wrong</Tag>}
            <Text fz="sm" c="var(--ink-soft)">
              {meanings.get(over)}
            </Text>
          </header>
        )}
        <Finding
          finding={finding}
          may={may(finding)}
          done={done.find(({ findings }) => findings.includes(finding.id))}
          error={
            apply.variables?.finding.id === finding.id
              ? apply.error
              : undo.variables?.findings.includes(finding.id)
                ? undo.error
                : null
          }
          busy={(apply.isPending && apply.variables.finding.id === finding.id) || undo.isPending}
          apply={(way, all) =>
            apply.mutateAsync({ finding, way, all }).then(
              () => true,
              () => false,
            )
          }
          undo={(one) => undo.mutate(one)}
        />
      </div>
    );
  });
}

interface FindingProps {
  finding: QualityFinding;
  may: boolean;
  done: Done | undefined;
  error: unknown;
  busy: boolean;
  apply: (way: Way | Change, all: boolean) => Promise<boolean>;
  undo: (done: Done) => void;
}

function Finding({ finding, may, done, error, busy, apply, undo }: FindingProps) {
  const { data: guidelines } = useGuidelines();
  const { labels, styles, byKey } = useLabels(guidelines);
  const [all, setAll] = useState(false);
  const [changing, setChanging] = useState(false);
  const { kind, document, text, start, spans, span, marked, message, same } = finding;
  const better = fixName(finding);
  return (
    <article className={classes.finding} aria-label={`${named(kind)} in ${document}`} data-done={done && ""}>
      <Text fz="xs" c="var(--ink-soft)" className={classes.where} title={document}>
        {document}
      </Text>
      <div className={classes.about}>
        <Text fz="sm" mb={4} style={{ overflowWrap: "anywhere" }}>
          {message}
        </Text>
        {changing ? (
          <Changing
            finding={finding}
            labels={labels}
            byKey={byKey}
            styles={styles}
            saving={busy}
            save={async (change) => {
              if (await apply(change, false)) setChanging(false);
            }}
            close={() => setChanging(false)}
          />
        ) : (
          <p className={classes.excerpt} dir="auto">
            {start > 0 && "… "}
            <Excerpt text={text} start={start} spans={spans} focus={span} missing={!marked} styles={styles} />
          </p>
        )}
        {error !== null && error !== undefined && (
          <Text fz="sm" role="alert" c="light-dark(#b42318, #ff9b93)">
            {explain(error)}
          </Text>
        )}
        {done ? (
          <Group gap="xs" mt={8} role="status">
            <Tag color="teal">Put right</Tag>
            {done.documents > 1 && <Text fz="sm">in {count(done.documents)} documents</Text>}
            <Button size="compact-xs" variant="default" loading={busy} onClick={() => undo(done)}>
              Undo
            </Button>
          </Group>
        ) : !may ? (
          <Text fz="xs" c="var(--ink-soft)" mt={4}>
            An expert decided this text: an expert changes it.
          </Text>
        ) : (
          !changing && (
            <Group gap="xs" mt={8}>
              {better && (
                <Button size="compact-sm" loading={busy} onClick={() => apply({ do: "fix" }, all)}>
                  {better}
                </Button>
              )}
              {span && (
                <Menu shadow="md" position="bottom-start">
                  <Menu.Target>
                    <Button
                      size="compact-sm"
                      variant="default"
                      disabled={busy}
                      rightSection={<IconChevronDown size={13} />}
                    >
                      {marked ? "Relabel" : "Mark"}
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown mah={320} style={{ overflowY: "auto" }}>
                    {labels
                      .filter(({ label }) => !marked || label !== span.label)
                      .map(({ label }) => (
                        <Menu.Item key={label} onClick={() => apply({ do: "label", label }, all)}>
                          <LabelChip label={label} styles={styles} />
                        </Menu.Item>
                      ))}
                  </Menu.Dropdown>
                </Menu>
              )}
              {span && marked && (
                <Button
                  size="compact-sm"
                  variant="default"
                  disabled={busy}
                  onClick={() => apply({ do: "remove" }, all)}
                >
                  Remove
                </Button>
              )}
              {span && (
                <Button size="compact-sm" variant="default" disabled={busy || all} onClick={() => setChanging(true)}>
                  By hand
                </Button>
              )}
              {same > 1 && span && (
                <Checkbox
                  size="xs"
                  label={`All ${count(same)} that are the same`}
                  checked={all}
                  onChange={(event) => setAll(event.currentTarget.checked)}
                />
              )}
            </Group>
          )
        )}
      </div>
    </article>
  );
}

/** All findings that are the same. */
async function group(project: string, id: string): Promise<QualityFinding[]> {
  const every: QualityFinding[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const path: string = `/quality?group=${id}&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: Page<QualityFinding> = await request("GET", inProject(project, path));
    every.push(...page.items);
    cursor = page.next;
  }
  return every;
}
