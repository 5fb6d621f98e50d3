/** One way to the server: JSON in and out, problems as exceptions, the token against forged requests. */

import type { Session } from "@/api/types";

const CSRF = "X-CSRF-Token";

/** What the server said is wrong (application/problem+json). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly fix: string | null = null,
  ) {
    super(detail || title);
    this.name = "Problem";
  }
}

/** The server could not be reached: what was asked may be asked again. */
export class Unreachable extends Error {
  override name = "Unreachable";
}

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Options {
  body?: unknown;
  /** The same key with the same body has its effect once, however often it is sent. */
  key?: string;
  etag?: string;
  signal?: AbortSignal;
}

let session = { user: "", csrf: "" };

/** Whose session this is, and the token that shows that a request comes from this page. */
export function rememberSession(user: string, csrf: string): void {
  session = { user, csrf };
}

export async function request<Answer>(method: Method, path: string, options: Options = {}): Promise<Answer> {
  try {
    return await ask<Answer>(method, path, options);
  } catch (error) {
    // Another tab signed in anew: take the token of that session, if it is the same person's.
    if (!(error instanceof Problem) || error.status !== 403 || !error.detail.includes(CSRF)) throw error;
    const now = await ask<Session>("GET", "/session", {});
    if (now.user.name !== session.user)
      throw new Problem(401, "Unauthorized", "Somebody else signed in in this browser.");
    rememberSession(now.user.name, now.csrf ?? "");
    return ask<Answer>(method, path, options);
  }
}

async function ask<Answer>(method: Method, path: string, options: Options): Promise<Answer> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session.csrf) headers[CSRF] = session.csrf;
  if (options.key) headers["Idempotency-Key"] = options.key;
  if (options.etag) headers["If-Match"] = options.etag;
  let response: Response;
  try {
    response = await fetch(`/v1${path}`, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: "same-origin",
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable("The server cannot be reached.");
  }
  if (!response.ok) throw await problem(response);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as Answer;
}

async function problem(response: Response): Promise<Problem> {
  const said = response.headers.get("Content-Type")?.includes("json") ? await response.json().catch(() => ({})) : {};
  const title = said.title ?? response.statusText;
  return new Problem(response.status, title, said.detail ?? `${title} (${response.status})`, said.fix ?? null);
}

/** The path of something in a project. */
export function inProject(project: string, path = ""): string {
  return `/projects/${encodeURIComponent(project)}${path}`;
}

/** A sentence for a person. */
export function explain(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
