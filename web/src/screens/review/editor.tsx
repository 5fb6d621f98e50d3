import { Alert } from "@mantine/core";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { inProject } from "@/api/client";
import type { Guidelines, Task } from "@/api/types";
import { ReasonDialog } from "@/dialogs/reason";
import { submission } from "@/editing/annotation";
import { type Action, markOf, rangeOf, step, type Target, walk } from "@/editing/editing";
import { useJournal } from "@/journal/context";
import type { NewEntry } from "@/journal/journal";
import { BOUNDARIES } from "@/keys/boundaries";
import type { Command } from "@/keys/keymap";
import { useKeys } from "@/keys/use-keys";
import { Bar } from "@/screens/review/bar";
import { Header } from "@/screens/review/header";
import classes from "@/screens/review/review.module.css";
import { Search } from "@/screens/review/search";
import { SidePanel } from "@/screens/review/side-panel";
import { isUnsure, useEditing } from "@/screens/review/use-editing";
import { useProject } from "@/session/session";
import { spoken } from "@/spans/block";
import { Layer, type LayerHandle } from "@/spans/layer";
import { useActiveTime } from "@/tasks/active-time";
import { useLabels } from "@/tasks/guidelines";
import type { HeldTasks } from "@/tasks/held";
import type { Range } from "@/text/tokens";

const dialogs = { help: () => import("@/keys/help"), labels: () => import("@/screens/review/label-picker") };
const KeyHelp = lazy(dialogs.help);
const LabelPicker = lazy(dialogs.labels);

const UNSURE = 0.8;

export type Panel = "guidelines" | "comments" | null;
type Dialog = "help" | "labels" | "flag" | "escalate" | "skip" | null;

interface EditorProps {
  task: Task;
  user: string;
  guidelines: Guidelines;
  manager: HeldTasks;
  /** Somebody else has the task now. */
  lost: boolean;
  ahead: number;
}

export function Editor({ task, user, guidelines, manager, lost, ahead }: EditorProps) {
  const project = useProject();
  const journal = useJournal();
  const seconds = useActiveTime(task.id, manager.draft(task.id)?.seconds);
  const { opened, editing, act, aim } = useEditing(task, user, manager, UNSURE, seconds);
  const { labels, styles, byKey } = useLabels(guidelines);
  const [panel, setPanel] = useState<Panel>(null);
  const [dialog, setDialog] = useState<Dialog>(null);
  const [hits, setHits] = useState<readonly Range[] | null>(null);
  const layer = useRef<LayerHandle>(null);
  const released = useRef(false);
  const { reading } = opened;
  const mark = markOf(editing);
  const range = rangeOf(editing);

  useEffect(() => {
    layer.current?.focus();
    // A dialog must be there before the next key, offline too.
    for (const load of Object.values(dialogs)) void load();
  }, []);
  useEffect(() => {
    if (range) layer.current?.reveal(range);
  }, [range]);

  const onTarget = useCallback((target: Target | null) => aim(target), [aim]);

  function onTargeted(make: (at: Target) => Action): void {
    act(({ target }) => target && make(target));
  }

  function label(name: string): void {
    onTargeted((at) => ({ do: "label", at, label: name }));
  }

  function decide(state: "accepted" | "rejected" | "ignored"): void {
    const wasOpen = mark?.state === "open";
    onTargeted((at) => ({ do: "decide", at, state }));
    if (wasOpen) aim((now) => step(now, 1, (one) => one.state === "open") ?? now.target);
  }

  function finish(path: string, body: unknown, what: string): void {
    const entry: NewEntry = {
      project,
      task: task.id,
      method: "POST",
      path: inProject(project, `/tasks/${task.id}/${path}`),
      body,
      what: `${what} task ${task.id}`,
    };
    void journal.add(entry, { finishes: true });
    manager.finish(task.id);
  }

  function submit(): void {
    finish(
      "annotation",
      submission(opened, editing, { guideline: guidelines.number, seconds: seconds() }),
      "Annotation of",
    );
  }

  function run(command: Command): unknown {
    const boundary = BOUNDARIES[command];
    if (boundary) {
      if (range) onTargeted((at) => ({ do: "stretch", at, ...boundary }));
      return Boolean(range);
    }
    switch (command) {
      case "labels":
        setDialog("labels");
        return;
      case "accept":
        return decide("accepted");
      case "reject":
        return decide("rejected");
      case "ignore":
        return decide("ignored");
      case "same":
        return onTargeted((at) => ({ do: "same", at }));
      case "next":
      case "previous": {
        if (released.current || !editing.marks.length) return false;
        return aim((now) => step(now, command === "next" ? 1 : -1));
      }
      case "left":
      case "right":
        return aim((now) => walk(reading, now, command === "right" ? 1 : -1));
      case "up":
      case "down": {
        const line = range && layer.current?.line(range, command === "down" ? 1 : -1);
        return line ? aim(line) : false;
      }
      case "unselect":
        released.current = !range;
        if (hits) setHits(null);
        else aim(mark ? { start: mark.start, end: mark.end } : null);
        return;
      case "submit":
        return submit();
      case "undo":
        return act(() => ({ do: "undo" }));
      case "redo":
        return act(() => ({ do: "redo" }));
      case "guidelines":
      case "comment": {
        const wanted = command === "comment" ? "comments" : "guidelines";
        setPanel((now) => (now === wanted ? null : wanted));
        return;
      }
      case "search":
        setHits([]);
        return;
      case "skip":
      case "escalate":
      case "flag":
      case "help":
        setDialog(command);
    }
  }
  const latest = useRef(run);
  latest.current = run;
  const press = useCallback((command: Command) => void latest.current(command), []);
  const latestLabel = useRef(label);
  latestLabel.current = label;
  const onLabel = useCallback((name: string) => latestLabel.current(name), []);
  useKeys(
    (command) => {
      if (command !== "next" && command !== "previous" && command !== "unselect") released.current = false;
      return run(command);
    },
    {
      keys: byKey,
      press: (name) => {
        released.current = false;
        label(name);
      },
    },
  );

  const unsure = useMemo(() => editing.marks.filter(isUnsure(UNSURE)).length, [editing.marks]);
  const words = range ? reading.text.slice(range.start, range.end) : "";
  const close = () => setDialog(null);

  return (
    <div className={classes.screen}>
      <Header task={task} unsure={unsure} ahead={ahead} flag={editing.flag} panel={panel} press={press} />
      <div className={classes.middle}>
        <div className={classes.scroller} data-scroller="">
          {lost && (
            <Alert color="orange" variant="light" title="Somebody else has this task now" className={classes.notice}>
              Nothing of theirs is overwritten. You can submit: what the server refuses stays here, to be copied.
            </Alert>
          )}
          {hits && (
            <Search
              reading={reading}
              onHits={setHits}
              onHit={(hit) => aim(hit)}
              close={() => {
                setHits(null);
                layer.current?.focus();
              }}
            />
          )}
          <div className={classes.column} data-tour="text">
            <Layer
              ref={layer}
              reading={reading}
              marks={editing.marks}
              target={editing.target}
              styles={styles}
              unsure={UNSURE}
              hits={hits ?? undefined}
              onTarget={onTarget}
            />
          </div>
        </div>
        <SidePanel
          panel={panel}
          task={task}
          guidelines={guidelines}
          label={mark?.label}
          close={() => setPanel(null)}
        />
      </div>
      <Bar
        labels={labels}
        styles={styles}
        mark={mark}
        ready={Boolean(range)}
        undo={editing.past.length > 0}
        redo={editing.future.length > 0}
        onLabel={onLabel}
        press={press}
      />
      <output className={classes.spoken} aria-live="polite">
        {mark ? spoken(mark, words) : words}
      </output>
      <Suspense fallback={null}>
        {dialog === "help" && <KeyHelp close={close} />}
        {dialog === "labels" && (
          <LabelPicker labels={labels} styles={styles} words={words} onLabel={label} close={close} />
        )}
      </Suspense>
      {dialog === "flag" && (
        <ReasonDialog
          title="Flag this task for a reviewer"
          verb="Flag"
          initial={editing.flag ?? ""}
          suggestions={["The guidelines do not say", "The text is broken", "Personal data"]}
          onReason={(reason) => act(() => ({ do: "flag", reason }))}
          close={close}
        />
      )}
      {dialog === "escalate" && (
        <ReasonDialog
          title="Escalate: somebody else decides"
          verb="Escalate"
          suggestions={["Needs an expert", "The guidelines contradict themselves"]}
          onReason={(reason) => finish("escalate", { reason }, "Escalation of")}
          close={close}
        />
      )}
      {dialog === "skip" && (
        <ReasonDialog
          title="Skip: you will not get this task again"
          verb="Skip"
          suggestions={["Not my language", "Not my field", "I know this person or company"]}
          onReason={(reason) => finish("skip", { reason }, "Skipping of")}
          close={close}
        />
      )}
    </div>
  );
}
