import { useQuery } from "@tanstack/react-query";
import { inProject, request } from "@/api/client";
import { useProject } from "@/session/session";
import { Card, Loaded, Nothing } from "@/shell/screen";

/** Labels on which people agree too little to be learned from. */
export function Blocked() {
  const project = useProject();
  const blocked = useQuery({
    queryKey: ["training-block", project],
    queryFn: () => request<{ label: string; reason: string }[]>("GET", inProject(project, "/training-block")),
  });
  return (
    <Card title="Labels that must not be trained on">
      <Loaded query={blocked}>
        {(labels) =>
          labels.length ? (
            <ul>
              {labels.map(({ label, reason }) => (
                <li key={label}>{reason}</li>
              ))}
            </ul>
          ) : (
            <Nothing>None: people agree on every label as far as the settings ask for it.</Nothing>
          )
        }
      </Loaded>
    </Card>
  );
}
