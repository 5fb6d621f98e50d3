import { Alert, Button, Divider, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { explain, request } from "@/api/client";
import type { SignInMethods } from "@/api/types";
import { Card } from "@/session/card";
import { useSessionActions } from "@/session/session";

export function SignIn() {
  const { signIn } = useSessionActions();
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const methods = useQuery({
    queryKey: ["sign-in-methods"],
    queryFn: () => request<SignInMethods>("GET", "/sign-in-methods"),
    staleTime: Number.POSITIVE_INFINITY,
  });

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(null);
    try {
      await signIn(String(form.get("name")).trim(), String(form.get("password")));
    } catch (error) {
      setFailure(explain(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <Card title="Sign in">
      <form onSubmit={submit}>
        <Stack>
          {failure && (
            <Alert color="red" variant="light" role="alert">
              {failure}
            </Alert>
          )}
          <TextInput name="name" label="Name" autoComplete="username" autoFocus required withAsterisk={false} />
          <PasswordInput
            name="password"
            label="Password"
            autoComplete="current-password"
            required
            withAsterisk={false}
          />
          <Button type="submit" loading={busy}>
            Sign in
          </Button>
          {methods.data?.oidc && (
            <>
              <Divider label="or" />
              <Button component="a" href="/v1/oidc/login" variant="default">
                {methods.data.oidc}
              </Button>
            </>
          )}
        </Stack>
      </form>
    </Card>
  );
}
