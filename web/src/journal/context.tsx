/** The journal of the signed-in person, for every screen. */
import { createContext, type ReactNode, use, useEffect, useState, useSyncExternalStore } from "react";
import { Journal, type Unsent } from "@/journal/journal";
import { useSession, useSessionActions } from "@/session/session";

const JournalContext = createContext<Journal | null>(null);

export function JournalProvider({ children }: { children: ReactNode }) {
  const { user } = useSession();
  const [journal] = useState(() => new Journal(user.name));
  const { expired } = useSessionActions();
  useEffect(() => journal.start(), [journal]);
  const { signedOut } = useSyncExternalStore(journal.subscribe, journal.snapshot);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the change to signed out matters
  useEffect(() => {
    if (signedOut) void expired();
  }, [signedOut]);
  return <JournalContext value={journal}>{children}</JournalContext>;
}

export function useJournal(): Journal {
  const journal = use(JournalContext);
  if (!journal) throw new Error("useJournal outside of a session");
  return journal;
}

export function useUnsent(): Unsent {
  const journal = useJournal();
  return useSyncExternalStore(journal.subscribe, journal.snapshot);
}
