/** The guidelines in force, with the label set. */
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { inProject, request } from "@/api/client";
import type { Guidelines } from "@/api/types";
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

/** The labels in their order, each with its style. */
export function useLabels(guidelines: Guidelines | undefined) {
  return useMemo(() => {
    const labels = Object.entries(guidelines?.labels ?? {}).map(([label, definition]) => ({ label, definition }));
    return { labels, styles: labelStyles(labels) };
  }, [guidelines?.labels]);
}
