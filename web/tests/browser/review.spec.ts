import { findings } from "./axe";
import { badge, expect, review, signIn, spoken, tasks, test, text, words } from "./person";

test("label, nest, stretch, undo and submit, by keyboard", async ({ page, browser }) => {
  await review(page, "ann", "nested");
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  // The first span that is not sure is at hand.
  await expect(spoken(page)).toHaveText("Supreme Court of Delaware, ORG, 60% sure");
  await press("a");
  await expect(spoken(page)).toHaveText("Delaware, GPE, 60% sure");
  await press("x");
  await expect(spoken(page)).toHaveText("Wilmington, GPE, 60% sure");
  await press("Space");
  await expect(spoken(page)).toHaveText("12 March 2021, DATE, 60% sure");
  await press("Shift+ArrowLeft");
  await expect(spoken(page)).toHaveText("12 March, DATE, 60% sure, accepted");
  await press("Backspace");
  await expect(spoken(page)).toHaveText("12 March 2021, DATE, 60% sure");
  await press("Control+Shift+z");
  await expect(spoken(page)).toHaveText("12 March, DATE, 60% sure, accepted");
  await press("Alt+Shift+ArrowLeft", "Control+Shift+ArrowLeft");
  await expect(spoken(page)).toHaveText("on 12 Marc, DATE, 60% sure, accepted");
  await press("Control+z", "Control+z");

  // A second label inside another span: go to its text, then label that.
  await press("Shift+Tab", "Shift+Tab", "Shift+Tab");
  await expect(spoken(page)).toHaveText("Supreme Court of Delaware, ORG, 60% sure, accepted");
  await press("ArrowLeft", "ArrowRight", "Shift+ArrowRight");
  await expect(spoken(page)).toHaveText("Supreme Court");
  await press("1");
  await expect(spoken(page)).toHaveText("Supreme Court, PERSON, accepted");
  await press("4");
  await expect(spoken(page)).toHaveText("Supreme Court, DATE, accepted");
  await press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await expect(badge(page)).toBeEmpty();

  const [task] = await tasks(await browser.newContext(), "nested");
  expect(words(task!)).toEqual(["Supreme Court of Delaware ORG", "Supreme Court DATE", "12 March DATE"]);
  const annotation = task!.annotations[0]!;
  expect(annotation.negatives).toMatchObject([{ start: 21, end: 29, label: "GPE" }]);
  expect(annotation.ignored).toMatchObject([{ label: "GPE" }]);
  expect(annotation).toMatchObject({ author: "ann", complete: true, guideline: 1 });
  expect(annotation.active_seconds).toBeGreaterThan(0);
});

test("twenty tasks by keyboard alone", async ({ page, browser }) => {
  await review(page, "ann", "keyboard");
  const seen = new Set<string>();
  for (let count = 0; count < 20; count++) {
    const before = await text(page).textContent();
    seen.add(before!);
    await page.keyboard.press("a");
    await page.keyboard.press("3");
    await page.keyboard.press("Enter");
    await expect(text(page)).not.toHaveText(before!);
  }
  expect(seen.size).toBe(20);
  await expect(badge(page)).toBeEmpty();
  const done = (await tasks(await browser.newContext(), "keyboard")).filter((task) => task.annotations.length);
  expect(done).toHaveLength(20);
  for (const task of done)
    expect(words(task)).toEqual([
      expect.stringMatching(/^Person\d+ Novak PERSON$/),
      expect.stringMatching(/^Town\d+ GPE$/),
    ]);
});

test("exact offsets in every script, from the finger on the text to the server and back", async ({
  page,
  browser,
}) => {
  await review(page, "ann", "scripts");
  const chosen: Record<string, string> = {};
  for (const [key, part, label] of [
    ["hebrew", "גוגל", "ORG"],
    ["arabic", "2017", "DATE"],
    ["japanese", "山田", "PERSON"],
    ["emoji", "Mu\u0308ller", "PERSON"],
  ] as const) {
    await expect(page.getByText(key, { exact: true })).toBeVisible();
    await drag(page, part);
    await expect(spoken(page)).toContainText(part);
    chosen[key] = `${await spoken(page).textContent()} ${label}`;
    await page.keyboard.press(String(["PERSON", "ORG", "GPE", "DATE"].indexOf(label) + 1));
    await page.keyboard.press("Enter");
  }
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await expect(badge(page)).toBeEmpty();
  for (const task of await tasks(await browser.newContext(), "scripts")) {
    const annotation = task.annotations[0]!;
    expect(words(task)).toContain(chosen[task.document.id]);
    const points = [...task.document.text];
    for (const span of annotation.spans)
      expect(span.text ?? points.slice(span.start, span.end).join("")).toBe(
        points.slice(span.start, span.end).join(""),
      );
  }
});

test("offline: nothing is lost by a cut network and a closed tab, and all is there once", async ({
  page,
  context,
  browser,
}) => {
  await review(page, "ann", "offline");
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.reload(); // what is loaded from here on is kept for opening without a network
  await text(page).waitFor();
  await expect(async () => {
    expect(
      await page.evaluate(async () => (await (await caches.open("livener-page-1")).keys()).length),
    ).toBeGreaterThan(4);
  }).toPass();

  await context.setOffline(true);
  await page.keyboard.press("a");
  for (let count = 0; count < 3; count++) {
    const before = await text(page).textContent();
    await page.keyboard.press("Enter");
    await expect(text(page)).not.toHaveText(before!);
  }
  await expect(badge(page)).toContainText("3 unsent");
  await page.keyboard.press("x"); // in mid-task
  await expect(spoken(page)).toContainText("GPE");
  const half = await text(page).textContent();
  await page.close();

  const later = await context.newPage();
  await later.goto("/p/offline/review");
  await expect(text(later)).toHaveText(half!);
  await expect(badge(later)).toContainText("3 unsent");
  await expect(later.locator('[data-state="rejected"]').first()).toBeAttached();
  await context.setOffline(false);
  await expect(badge(later)).toBeEmpty({ timeout: 40_000 });
  await later.keyboard.press("Enter");
  await expect(badge(later)).toBeEmpty();

  const all = await tasks(await browser.newContext(), "offline");
  const done = all.filter((task) => task.annotations.length);
  expect(done).toHaveLength(4);
  for (const task of done) expect(task.annotations).toHaveLength(1);
  expect(done.filter((task) => task.annotations[0]!.negatives.length)).toHaveLength(1);
});

test("two people on one task: the second is told, and nothing is overwritten", async ({ page, browser }) => {
  await review(page, "ann", "two");
  await page.waitForTimeout(3500); // the project's leases are short: ann's is over
  const other = await (await browser.newContext()).newPage();
  await review(other, "bob", "two");
  await other.keyboard.press("Enter");
  await expect(other.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await expect(badge(other)).toBeEmpty();

  await page.keyboard.press("x");
  await page.keyboard.press("Enter");
  await expect(badge(page)).toContainText("1 refused");
  await badge(page).getByRole("button").click();
  await expect(page.getByRole("dialog")).toContainText(/you do not hold this task|Annotation of task/);
  await expect(page.getByRole("link", { name: "Keep a copy" })).toBeVisible();
  const [task] = await tasks(await browser.newContext(), "two");
  expect(task!.annotations.map(({ author }) => author)).toEqual(["bob"]);
});

test("yes or no, by keys", async ({ page, browser }) => {
  await signIn(page, "bob", "/p/questions/questions");
  for (const key of ["y", "n", "y", "Space", "n"]) {
    const before = await page.getByRole("article").textContent();
    await page.keyboard.press(key);
    await expect(page.getByRole("article")).not.toHaveText(before!);
  }
  await page.keyboard.press("Backspace"); // the last answer was of this text
  await page.keyboard.press("y");
  await page.keyboard.press("y");
  await expect(page.getByRole("heading", { name: "No questions" })).toBeVisible();
  await expect(badge(page)).toBeEmpty();
  const said = (await tasks(await browser.newContext(), "questions")).map((task) => task.annotations[0]!);
  expect(
    said.map(({ spans, negatives, ignored, complete }) => [spans.length, negatives.length, ignored.length, complete]),
  ).toEqual([
    [1, 1, 0, false],
    [1, 0, 1, false],
    [2, 0, 0, false],
  ]);
});

test("only a part is asked: the rest is dimmed and cannot be labelled", async ({ page, browser }) => {
  await review(page, "bob", "parts");
  await expect(page.getByText("only this part is asked")).toBeVisible();
  await expect(spoken(page)).toHaveText("Acme, ORG, 60% sure");
  await expect(page.locator("[data-mark]")).toHaveCount(1); // what was predicted elsewhere is not there
  await expect(page.locator("[data-veil]")).toHaveCount(2);
  expect(await findings(page)).toEqual([]);
  // The name goes on outside of what is asked, and is known as a whole.
  await page.keyboard.press("Shift+ArrowRight");
  await expect(spoken(page)).toHaveText("Acme Holdings, ORG, 60% sure, accepted");
  const veil = (await page.locator("[data-veil]").first().boundingBox())!;
  await page.mouse.click(veil.x + veil.width / 2, veil.y + veil.height / 2);
  await expect(spoken(page)).toBeEmpty();
  await page.keyboard.press("1");
  await page.keyboard.press("ArrowLeft");
  await expect(spoken(page)).toHaveText("Acme");
  await page.keyboard.press("ArrowLeft");
  await expect(spoken(page)).toHaveText("of");
  await page.keyboard.press("ArrowLeft");
  await expect(spoken(page)).toBeEmpty(); // before it nothing is asked about
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await expect(badge(page)).toBeEmpty();
  const [task] = await tasks(await browser.newContext(), "parts");
  expect(words(task!)).toEqual(["Acme Holdings ORG"]);
  expect(task!.annotations[0]).toMatchObject({ complete: false, known: [[18, 34]] });
});

test("the tour of five steps is offered once, and the page works below it", async ({ page }) => {
  await signIn(page, "bob", "/p/reading/review", { newcomer: true });
  const tour = page.getByRole("dialog", { name: "Tour" });
  await expect(tour).toContainText("1 of 5");
  expect(await findings(page)).toEqual([]);
  const before = await spoken(page).textContent();
  await page.keyboard.press("Tab");
  await expect(spoken(page)).not.toHaveText(before!);
  for (let step = 2; step <= 5; step++) {
    await tour.getByRole("button", { name: "Next" }).click();
    await expect(tour).toContainText(`${step} of 5`);
  }
  await tour.getByRole("button", { name: "Begin" }).click();
  await expect(tour).toHaveCount(0);
  await page.reload();
  await text(page).waitFor();
  await expect(tour).toHaveCount(0);
  await page.getByRole("button", { name: "Account of bob" }).click();
  await page.getByRole("menuitem", { name: "The tour again" }).click();
  await expect(tour).toContainText("1 of 5");
  await tour.getByRole("button", { name: "Skip the tour" }).click();
  await expect(tour).toHaveCount(0);
});

/** Select words with the mouse. */
async function drag(page: import("@playwright/test").Page, part: string): Promise<void> {
  const place = await page.evaluate((wanted) => {
    for (const element of document.querySelectorAll("[data-text]")) {
      const node = element.firstChild as Text | null;
      const at = node?.data.indexOf(wanted) ?? -1;
      if (!node || at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
      const { left, right, top, bottom } = range.getBoundingClientRect();
      return { left, right, middle: (top + bottom) / 2 };
    }
    throw new Error(`no ${wanted}`);
  }, part);
  await page.mouse.move(place.left + 2, place.middle);
  await page.mouse.down();
  await page.mouse.move(place.right - 2, place.middle, { steps: 4 });
  await page.mouse.up();
}
