/** What leads do beside the tasks: alerts, jobs, triggers, the looks of labels; and answers by swipe, on a phone. */
import type { Page } from "@playwright/test";
import { badge, expect, review, signIn, spoken, tasks, test, words } from "./person";

test("an alert is taken, its documents go to people, and it is closed with a reason", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/monitor");
  await page.getByRole("tab", { name: "Alerts" }).click();
  await page.getByRole("button", { name: /^Details of alert/ }).click();
  await page.getByRole("button", { name: "I take it" }).click();
  await expect(page.getByRole("button", { name: "I take it" })).toHaveCount(0);
  await page.getByRole("button", { name: /^Have people review \d+ documents/ }).click();
  await expect(page.getByText(/\d+ tasks wait in Review, in the batch/)).toBeVisible();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("a new kind of text");
  await page.keyboard.press("Enter");
  await expect(page.getByText("a new kind of text")).toBeVisible();
  await page.getByRole("radiogroup", { name: "State" }).getByText("Closed").click();
  await expect(page.getByRole("button", { name: /^(Details|Less) of alert/ })).toHaveCount(1);
  const { items } = await (await page.request.get("/v1/projects/worked/alerts")).json();
  expect(items.map(({ state }: { state: string }) => state)).toEqual(["closed"]);
});

test("a job is begun, listed and ended", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/monitor");
  await page.getByRole("tab", { name: "Jobs" }).click();
  await page.getByRole("button", { name: "Learn from what was settled" }).click();
  const row = page.getByRole("row", { name: /^Learn/ });
  await expect(row).toContainText("Queued");
  await row.getByRole("button", { name: "Log" }).click();
  await row.getByRole("button", { name: "End" }).click();
  await expect(row).toContainText("Cancelled");
  await expect(row.getByRole("button", { name: "End" })).toHaveCount(0);
});

test("a trigger begins as a dry run, and says whether it would go off", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/settings");
  await page.getByRole("tab", { name: "Triggers" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("after corrections");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const row = page.getByRole("row", { name: /^after corrections/ });
  await expect(row.getByRole("radio", { name: "Dry run" })).toBeChecked();
  await row.getByRole("button", { name: "Check now" }).click();
  await expect(row.getByRole("status")).toContainText(/^Would (not )?go off now: /);
  await row.getByText("Off", { exact: true }).click();
  await expect(row.getByRole("radio", { name: "Off" })).toBeChecked();
});

test("a label gets a key and a colour; a clash is refused in a line", async ({ page, browser }) => {
  await signIn(page, "admin", "/p/looks/settings");
  const key = page.getByRole("textbox", { name: "Key of GPE" });
  const save = page.getByRole("button", { name: "Save labels" });
  for (const [given, problem] of [
    ["g", "G is “Guidelines”"],
    ["1", ""],
    ["t", ""],
  ] as const) {
    await key.fill(given);
    if (problem) await expect(page.getByText(problem)).toBeVisible();
    await expect(save).toBeEnabled({ enabled: !problem });
  }
  await page.getByRole("textbox", { name: "Key of ORG" }).fill("t");
  await expect(page.getByText("T is the key of GPE")).toBeVisible();
  await page.getByRole("textbox", { name: "Key of ORG" }).fill("");
  await page.getByRole("button", { name: /^Colour of GPE/ }).click();
  await page.getByRole("group", { name: "Colours" }).getByRole("button", { name: "vermilion" }).click();
  await expect(page.getByRole("group", { name: "Colours" })).toHaveCount(0); // it closes before the next opens
  await page.getByRole("button", { name: /^Colour of ORG/ }).click();
  await page.getByLabel("Another colour").fill("#ffff00");
  await page.keyboard.press("Escape");
  await save.click();
  const guidelines = async () => (await page.request.get("/v1/projects/looks/guidelines")).json();
  await expect
    .poll(async () => (await guidelines()).looks)
    .toEqual({ GPE: { colour: "vermilion", key: "t" }, ORG: { colour: "#ffff00" } });
  expect((await guidelines()).number).toBe(1); // nobody has to read anything anew
  await expect(save).toBeDisabled();

  const other = await (await browser.newContext()).newPage();
  await review(other, "ann", "looks");
  await expect(spoken(other)).toHaveText(/Novak, PERSON/);
  await other.keyboard.press("t");
  await expect(spoken(other)).toHaveText(/Novak, GPE, 60% sure, accepted/);
  await other.keyboard.press("3"); // the fourth digit goes to nobody: three labels are left
  await expect(spoken(other)).toHaveText(/Novak, DATE/);
  await expect(other.getByRole("group", { name: "Labels" }).getByRole("button", { name: /GPE/ })).toHaveText("TGPE");
});

test("yes and no by swipe", async ({ browser }) => {
  const context = await browser.newContext({ hasTouch: true, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  await signIn(page, "bob", "/p/swipe/questions");
  const asked = page.getByRole("article").locator("mark");
  const first = (await asked.textContent())!;
  await swipe(page, 40); // not far enough: nothing is said
  await expect(asked).toHaveText(first);
  await swipe(page, 160);
  await expect(asked).not.toHaveText(first);
  const second = (await asked.textContent())!;
  await swipe(page, -160);
  await expect(asked).not.toHaveText(second);
  await expect(badge(page)).toBeEmpty();
  const [task] = await tasks(await browser.newContext(), "swipe");
  const said = task!.annotations.at(-1)!;
  expect(words(task!, said)).toEqual([`${first} PERSON`]);
  expect(said.negatives.map(({ label }) => label)).toEqual(["GPE"]);
});

/** A finger that goes so far to the right. */
async function swipe(page: Page, by: number): Promise<void> {
  const box = (await page.getByRole("article").boundingBox())!;
  const devtools = await page.context().newCDPSession(page);
  const [x, y] = [box.x + box.width / 2, box.y + 30];
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", points: { x: number; y: number }[]) =>
    devtools.send("Input.dispatchTouchEvent", { type, touchPoints: points });
  await touch("touchStart", [{ x, y }]);
  for (let step = 1; step <= 5; step++) await touch("touchMove", [{ x: x + (by * step) / 5, y }]);
  await touch("touchEnd", []);
  await devtools.detach();
}
