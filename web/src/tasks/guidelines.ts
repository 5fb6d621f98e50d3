/** The guidelines in force, with the label set. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { inProject, request } from "@/api/client";
import type { Guidelines } from "@/api/types";
import { labelKeys } from "@/keys/label-keys";
import { useProject } from "@/session/session";
import { labelStyles } from "@/spans/palette";

export function useGuidelines() {
  const project = useProject();
  return useQuery({
    queryKey: ["guidelines", project],
    queryFn: () => request<Guidelines>("GET", inProject(project, "/guidelines")),
    staleTime: 60_000,
  });
}

export interface ProjectLabel {
  readonly label: string;
  readonly definition: string;
  /** The key that gives it, where it has one. */
  readonly key: string | null;
}

/** The labels in their order, each with its style and its key, and the keys with their labels. */
export function useLabels(guidelines: Guidelines | undefined) {
  return useMemo(() => {
    const looks = guidelines?.looks ?? {};
    const names = Object.keys(guidelines?.labels ?? {}).map((label) => ({ label, ...looks[label] }));
    const keys = labelKeys(names);
    const labels: ProjectLabel[] = names.map(({ label }) => ({
      label,
      definition: guidelines!.labels[label]!,
      key: keys.get(label) ?? null,
    }));
    const byKey = new Map([...keys].map(([label, key]) => [key, label]));
    return { labels, styles: labelStyles(names), byKey };
  }, [guidelines]);
}
