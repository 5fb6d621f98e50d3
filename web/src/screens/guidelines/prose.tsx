import { Typography } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import Markdown from "react-markdown";
import classes from "@/screens/guidelines/guidelines.module.css";
import { labelColours } from "@/spans/chip";
import type { LabelStyle } from "@/spans/palette";

interface ProseProps {
  markdown: string;
  styles: ReadonlyMap<string, LabelStyle>;
}

/** Guidelines as they are read: a link to a label, [Acme Corp](ORG), is a span of it. */
export function Prose({ markdown, styles }: ProseProps) {
  const components = useMemo(() => {
    const a = ({ href, children }: { href?: string; children?: ReactNode }) => {
      const style = styles.get(decodeURIComponent(href ?? ""));
      if (!style) return <a href={href}>{children}</a>;
      return (
        <mark className={classes.mark} style={labelColours(style)}>
          {children} <small>{decodeURIComponent(href!)}</small>
        </mark>
      );
    };
    return { a };
  }, [styles]);
  return (
    <Typography>
      <Markdown components={components}>{markdown || "_Nothing is written yet._"}</Markdown>
    </Typography>
  );
}
