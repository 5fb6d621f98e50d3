import { Alert, Button, PasswordInput, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { explain, request } from "@/api/client";
import type { Invitation as InvitationAnswer } from "@/api/types";
import { Card } from "@/session/card";
import { useSessionActions } from "@/session/session";
import { Failure } from "@/shell/failure";

/** The one-time link of a new person, and of the first start: choose a password. */
export default function Invitation({ token }: { token: string }) {
  const { accept } = useSessionActions();
  const [, go] = useLocation();
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const invitation = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => request<InvitationAnswer>("GET", `/invitations/${encodeURIComponent(token)}`),
    retry: false,
  });
  const name = invitation.data?.name ?? "";

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const password = String(form.get("password"));
    if (password !== form.get("again")) {
      setFailure("The two passwords differ.");
      return;
    }
    setBusy(true);
    setFailure(null);
    try {
      await accept(token, password);
      go("/", { replace: true });
    } catch (error) {
      setFailure(explain(error));
      setBusy(false);
    }
  }

  if (invitation.error) return <Failure error={invitation.error} />;
  return (
    <Card title={name ? `Welcome, ${name}` : "Welcome"}>
      <form onSubmit={submit}>
        <Stack>
          <Text c="var(--ink-soft)" fz="sm">
            Choose a password of at least 12 characters.
          </Text>
          {failure && (
            <Alert color="red" variant="light" role="alert">
              {failure}
            </Alert>
          )}
          <input type="hidden" name="username" autoComplete="username" value={name} readOnly />
          <PasswordInput
            name="password"
            label="Password"
            autoComplete="new-password"
            minLength={12}
            autoFocus
            required
            withAsterisk={false}
          />
          <PasswordInput
            name="again"
            label="Once more"
            autoComplete="new-password"
            minLength={12}
            required
            withAsterisk={false}
          />
          <Button type="submit" loading={busy} disabled={!name}>
            Set password and sign in
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
