/** Who is signed in, and the project they look at. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use } from "react";
import { Problem, rememberSession, request } from "@/api/client";
import type { Role, Session } from "@/api/types";

const KEY = ["session"];

/** The session, null when nobody is signed in. */
export function useSessionQuery() {
  const query = useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<Session | null> => {
      try {
        return await request<Session>("GET", "/session");
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }
    },
    staleTime: 5 * 60_000,
  });
  // Here and not where it is fetched: a session that was kept from the last visit has its token, too.
  rememberSession(query.data?.user.name ?? "", query.data?.csrf ?? "");
  return query;
}

/** Sign in, accept an invitation, sign out: each ends with the session that the server now knows. */
export function useSessionActions() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: KEY });
  return {
    signIn: async (name: string, password: string) => {
      await request("POST", "/session", { body: { name, password } });
      await refresh();
    },
    accept: async (token: string, password: string) => {
      await request("POST", `/invitations/${encodeURIComponent(token)}`, { body: { password } });
      await refresh();
    },
    signOut: async () => {
      await request("DELETE", "/session");
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== KEY[0] });
      queries.setQueryData(KEY, null);
    },
    expired: refresh,
  };
}

const SessionContext = createContext<Session | null>(null);
const ProjectContext = createContext<string | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function ProjectProvider({ project, children }: { project: string; children: ReactNode }) {
  return <ProjectContext value={project}>{children}</ProjectContext>;
}

/** The session; only below the sign-in. */
export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error("useSession outside of a session");
  return session;
}

/** The name of the project; only below its route. */
export function useProject(): string {
  const project = use(ProjectContext);
  if (!project) throw new Error("useProject outside of a project");
  return project;
}

const ROLES: readonly Role[] = ["annotator", "reviewer", "expert", "lead", "admin"];

/** Whether the signed-in person may do what a role may, in the present project. */
export function useMay(role: Role): boolean {
  const session = useSession();
  const project = use(ProjectContext);
  if (session.user.administrator) return true;
  const own = session.projects.find((one) => one.name === project)?.role;
  return own !== undefined && ROLES.indexOf(own) >= ROLES.indexOf(role);
}
