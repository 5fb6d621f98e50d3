/** Somebody in front of the page, on the real server; what goes wrong in the console fails their test. */
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import type { Annotation, Task } from "@/api/types";

export const PASSWORD = "correct horse battery staple";

/** Browsers write these to the console by themselves: nobody is signed in yet, no network, somebody else was first. */
const EXPECTED = /status of (401|409)|ERR_INTERNET_DISCONNECTED/;

export const test = base.extend<{ quiet: undefined }>({
  quiet: [
    async ({ context }, use) => {
      const said: string[] = [];
      context.on("console", (message) => {
        if (message.type() === "error" && !EXPECTED.test(message.text())) said.push(message.text());
      });
      context.on("weberror", (error) => said.push(String(error.error())));
      await use(undefined);
      expect(said).toEqual([]);
    },
    { auto: true },
  ],
});
export { expect };

/** With `newcomer` the page offers the tour, as it does once in every browser. */
export async function signIn(page: Page, name: string, path: string, { newcomer = false } = {}): Promise<void> {
  if (!newcomer) {
    await page.context().addInitScript(() => {
      if (location.protocol.startsWith("http")) localStorage.setItem("livener.tour", "seen"); // an empty page has none
    });
  }
  await page.goto(path);
  await page.getByLabel("Name").fill(name);
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: `Account of ${name}` }).waitFor();
}

/** Open a project's review as somebody, with a task on the screen. */
export async function review(page: Page, name: string, project: string): Promise<void> {
  await signIn(page, name, `/p/${project}/review`);
  await text(page).waitFor();
}

export const text = (page: Page) => page.getByRole("region", { name: "Text" });
/** What the keys act on, as a screen reader hears it. */
export const spoken = (page: Page) => page.locator("output").last();
export const badge = (page: Page) => page.getByRole("banner").locator("output");
export const title = (page: Page) => page.locator("header header, main header").locator("[title]").nth(1);

/** The tasks of a project, as an administrator sees them. */
export async function tasks(context: BrowserContext, project: string): Promise<Task[]> {
  const session = await context.request.post("/v1/session", { data: { name: "admin", password: PASSWORD } });
  expect(session.ok()).toBe(true);
  const answer = await context.request.get(`/v1/projects/${project}/tasks?limit=100`);
  expect(answer.ok()).toBe(true);
  return (await answer.json()).items;
}

/** An annotation's spans as the server cuts them out of the text, by code points. */
export function words(task: Task, annotation: Annotation | undefined = task.annotations.at(-1)): string[] {
  const points = [...task.document.text];
  return (annotation?.spans ?? []).map(({ start, end, label }) => `${points.slice(start, end).join("")} ${label}`);
}
