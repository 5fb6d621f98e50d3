import type { Explained } from "@/api/answers";
import type { Span } from "@/api/types";
import classes from "@/screens/playground/playground.module.css";
import { percent } from "@/shell/words";
import { LabelChip } from "@/spans/chip";
import type { LabelStyle } from "@/spans/palette";

interface Event {
  event: string;
  before?: Span;
  after?: Span;
}

/** Every stage of the pipeline, and what it did with spans. */
export function Stages({ steps, styles }: { steps: Explained["steps"]; styles: ReadonlyMap<string, LabelStyle> }) {
  return (
    <ol className={classes.stages}>
      {steps.map(({ stage, events }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a stage may come twice, and the list does not change
        <li key={index}>
          <b>{stage}</b>
          {events.length === 0 && <span className={classes.still}>no span changed</span>}
          <ul>
            {(events as unknown as Event[]).map(({ event, before, after }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: events have no name
              <li key={at}>
                <span className={classes.event}>{event}</span>
                {before && <Shown span={before} styles={styles} />}
                {before && after && <span>→</span>}
                {after && <Shown span={after} styles={styles} />}
              </li>
            ))}
          </ul>
        </li>
      ))}
    </ol>
  );
}

function Shown({ span, styles }: { span: Span; styles: ReadonlyMap<string, LabelStyle> }) {
  return (
    <span className={classes.shown}>
      <bdi>{span.text}</bdi> <LabelChip label={span.label} styles={styles} />
      {span.score != null && <span className={classes.score}>{percent(span.score)}</span>}
    </span>
  );
}
