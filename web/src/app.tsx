/** Providers, and which screen belongs to which address. */
import { Center, Loader, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient } from "@tanstack/react-query";
import { PersistQueryClientProvider } from "@tanstack/react-query-persist-client";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { Problem } from "@/api/client";
import { JournalProvider } from "@/journal/context";
import { queryCache } from "@/journal/database";
import { SCREENS } from "@/screens";
import { ProjectProvider, SessionProvider, useSessionQuery } from "@/session/session";
import { SignIn } from "@/session/sign-in";
import { Failure } from "@/shell/failure";
import { Layout } from "@/shell/layout";
import { lastProject } from "@/shell/preferences";
import { theme } from "@/theme";

const Invitation = lazy(() => import("@/session/invitation"));
const NoProject = lazy(() => import("@/shell/no-project"));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 7 * 24 * 3600_000, // what was read stays readable offline
      retry: (count, error) => count < 2 && !(error instanceof Problem && error.status < 500),
    },
  },
});

const persistence = {
  persister: queryCache,
  buster: "1",
  dehydrateOptions: {
    shouldDehydrateQuery: (query: { queryKey: readonly unknown[]; state: { status: string } }) =>
      query.state.status === "success" &&
      ["session", "labels", "guidelines", "project"].includes(String(query.queryKey[0])),
  },
};

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-center" limit={3} autoClose={4000} />
      <PersistQueryClientProvider client={queries} persistOptions={persistence}>
        <Switch>
          <Route path="/invitation/:token">
            {({ token }) => (
              <Suspense fallback={<Waiting />}>
                <Invitation token={token} />
              </Suspense>
            )}
          </Route>
          <Route>
            <SignedIn />
          </Route>
        </Switch>
      </PersistQueryClientProvider>
    </MantineProvider>
  );
}

function SignedIn() {
  const { data: session, error, isPending, refetch } = useSessionQuery();
  if (session === undefined) {
    return isPending && !error ? <Waiting /> : <Failure error={error} again={refetch} />;
  }
  if (!session) return <SignIn />;
  const home = session.projects.find((one) => one.name === lastProject.read()) ?? session.projects[0];
  return (
    <SessionProvider key={session.user.name} session={session}>
      <JournalProvider>
        <Switch>
          <Route path="/p/:project/:screen?">
            {({ project, screen }) => {
              const name = decodeURIComponent(project);
              const Screen = SCREENS.find((one) => one.path === screen)?.Screen;
              if (!Screen) return <Redirect to={`/p/${project}/review`} replace />;
              return (
                <ProjectProvider key={name} project={name}>
                  <Layout>
                    <Suspense fallback={<Waiting />}>
                      <Screen />
                    </Suspense>
                  </Layout>
                </ProjectProvider>
              );
            }}
          </Route>
          <Route>
            {home ? (
              <Redirect to={`/p/${encodeURIComponent(home.name)}/review`} replace />
            ) : (
              <Suspense fallback={<Waiting />}>
                <NoProject />
              </Suspense>
            )}
          </Route>
        </Switch>
      </JournalProvider>
    </SessionProvider>
  );
}

function Waiting() {
  return (
    <Center h="60vh">
      <Loader type="dots" size="sm" color="gray" aria-label="Loading" />
    </Center>
  );
}
