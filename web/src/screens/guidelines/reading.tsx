import { useRef } from "react";
import type { Guidelines } from "@/api/types";
import classes from "@/screens/guidelines/guidelines.module.css";
import { Prose } from "@/screens/guidelines/prose";
import { LabelChip } from "@/spans/chip";
import { useLabels } from "@/tasks/guidelines";

/** A version to read, with the way to each label's section. */
export function Reading({ version }: { version: Guidelines }) {
  const { labels, styles } = useLabels(version);
  const root = useRef<HTMLDivElement>(null);
  function go(label: string) {
    const headings = [...root.current!.querySelectorAll("h1, h2, h3")];
    headings.find((one) => one.textContent?.trim() === label)?.scrollIntoView({ block: "start" });
  }
  return (
    <div className={classes.reading}>
      <nav className={classes.contents} aria-label="Labels">
        {labels.map(({ label }) => (
          <button
            key={label}
            type="button"
            disabled={version.missing.includes(label)}
            title={version.missing.includes(label) ? "No section yet" : undefined}
            onClick={() => go(label)}
          >
            <LabelChip label={label} styles={styles} />
          </button>
        ))}
      </nav>
      <div ref={root} className={classes.prose}>
        <Prose markdown={version.markdown} styles={styles} />
      </div>
    </div>
  );
}
