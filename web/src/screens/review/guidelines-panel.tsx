import { Typography } from "@mantine/core";
import { useEffect, useRef } from "react";
import Markdown from "react-markdown";
import type { Guidelines } from "@/api/types";
import classes from "@/screens/review/review.module.css";

/** The guidelines, at the section of a label. */
export default function GuidelinesPanel({
  guidelines,
  label,
}: {
  guidelines: Guidelines;
  label: string | undefined;
}) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!label) return;
    const headings = [...root.current!.querySelectorAll<HTMLElement>("h1, h2, h3, h4")];
    for (const heading of headings) heading.toggleAttribute("data-here", heading.textContent?.trim() === label);
    root.current!.querySelector("[data-here]")?.scrollIntoView({ block: "start" });
  }, [label]);
  return (
    <div ref={root} className={classes.guidelines}>
      <Typography fz="sm">
        <Markdown>{guidelines.markdown || "_Nothing is written yet._"}</Markdown>
      </Typography>
    </div>
  );
}
