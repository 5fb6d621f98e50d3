/** The screens about a project's work, on one that people have worked in for weeks. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { findings } from "./axe";
import { badge, expect, PASSWORD, signIn, spoken, tasks, test } from "./person";

const SCREENS = {
  adjudicate: [],
  guidelines: ["Changes", "Examples", "Readers"],
  data: ["Dataset versions", "Corrections", "Quality"],
  models: ["Mistakes", "Diagnosis", "Gate", "Transitions", "History"],
  monitor: ["Quality", "What it finds", "Alerts", "Jobs", "Log"],
  team: [],
  playground: [],
  settings: ["Members", "Review rules", "Triggers", "Channels", "Tokens", "Users"],
} as const;

/** Names and roles are the same in every look: what differs are colours in the dark, and sizes on a phone. */
const LOOKS = [
  { width: 1440, colorScheme: "light", rules: undefined },
  { width: 1440, colorScheme: "dark", rules: ["color-contrast"] },
  { width: 390, colorScheme: "dark", rules: ["target-size", "scrollable-region-focusable"] },
] as const;

for (const project of ["worked", "empty"]) {
  test(`every screen of ${project}: nothing serious, nothing wider than the window`, async ({ page }) => {
    test.setTimeout(300_000);
    await signIn(page, "admin", `/p/${project}/team`);
    for (const [screen, tabs] of Object.entries(SCREENS)) {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`/p/${project}/${screen}`);
      await page.getByRole("main").getByRole("heading").first().waitFor();
      for (const tab of [null, ...tabs]) {
        if (tab) {
          const place = page.getByRole("tab", { name: tab, exact: true });
          if (project === "empty" && !(await place.isVisible())) continue;
          await place.click();
        }
        for (const { width, colorScheme, rules } of LOOKS) {
          const where = `${project} ${screen} ${tab} ${width} ${colorScheme}`;
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme });
          await expect(page.locator("[aria-busy]"), where).toHaveCount(0);
          await expect(page.getByRole("alert"), where).toHaveCount(0);
          expect(await findings(page, rules), where).toEqual([]);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          expect(over, where).toBeLessThanOrEqual(0);
        }
        await page.setViewportSize({ width: 1440, height: 900 });
      }
    }
    if (project === "worked") await giveBack(page);
  });
}

/** What the administrator was given to adjudicate. */
async function giveBack(page: Page): Promise<void> {
  await page.goto("/p/worked/adjudicate");
  const held = (await tasks(page.context(), "worked")).find(({ lease }) => lease?.user === "admin")!;
  const { csrf } = await (await page.request.get("/v1/session")).json();
  await page.request.post(`/v1/projects/worked/tasks/${held.id}/release`, {
    data: {},
    headers: { "X-CSRF-Token": csrf },
  });
}

test("adjudicate by keyboard: a side, nothing, an edit, undo, and the decision", async ({ page, browser }) => {
  await signIn(page, "rea", "/p/worked/adjudicate");
  const sides = page.getByRole("region", { name: "Side by side" });
  await sides.waitFor();
  const key = await page.locator("main header p, main header div > p").first().textContent();
  await expect(spoken(page)).toContainText("to decide");
  await page.keyboard.press("Enter"); // not all is decided: nothing is sent
  await expect(page.getByText(/\d+ not decided yet/)).toBeVisible();

  const place = sides.locator("tr[data-at]");
  const first = await place.getAttribute("data-place");
  await page.keyboard.press("2");
  const taken = sides.locator(`tr[data-place="${first}"]`);
  await expect(taken.getByRole("button", { name: /^Take .* / }).nth(1)).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("Backspace");
  await expect(taken.getByLabel("decided")).toHaveCount(0);
  await taken.getByRole("button").first().click();
  await page.keyboard.press("x");
  await expect(taken.locator("td").last()).toContainText("nothing");
  await page.keyboard.press("Backspace");

  // Neither: the label of another, a word less, and the rest as proposed.
  await taken.getByRole("button").first().click();
  await page.getByRole("group", { name: "Labels" }).getByText("LAW").click();
  await expect(taken.locator("td").last()).toContainText("LAW");
  const said = await spoken(page).textContent();
  for (let count = 0; count < 20; count++) {
    if (!/\d+ to decide/.test((await page.getByRole("main").textContent())!)) break;
    await page.keyboard.press("a");
  }
  const name = key!.split(" · ")[0]!;
  await page.keyboard.press("Enter");
  await expect(page.locator("main header").first()).not.toContainText(name);
  await expect(badge(page)).toBeEmpty();
  const task = (await tasks(await browser.newContext(), "worked")).find(({ document }) => document.id === name)!;
  expect(task.state).toBe("resolved");
  const points = [...task.document.text];
  const final = task.annotations.at(-1)!;
  expect(final).toMatchObject({ author: "rea", tier: "reviewer" });
  expect(final.spans.map(({ start, end, label }) => `${points.slice(start, end).join("")} ${label}`)).toContain(
    `${said!.split(", ").slice(0, -2).join(", ")} LAW`,
  );
});

test("escalate: the expert gets it, and a note makes an example", async ({ page, browser }) => {
  await signIn(page, "rea", "/p/worked/adjudicate");
  await page.getByRole("region", { name: "Side by side" }).waitFor();
  await page.keyboard.press("e");
  await page.getByRole("textbox", { name: "Reason" }).fill("Is this a court?");
  await page.keyboard.press("Enter");
  await expect(badge(page)).toBeEmpty();

  const other = await (await browser.newContext()).newPage();
  await signIn(other, "eva", "/p/worked/adjudicate");
  await other.getByRole("radiogroup", { name: "Whose cases" }).getByText("Experts’").click();
  await expect(other.getByRole("heading", { name: "Is this a court?" })).toBeVisible();
  await other.keyboard.press("c");
  await expect(other.getByRole("dialog")).toContainText("Escalated");
  await other.keyboard.press("Escape");
  await expect(other.getByRole("dialog")).toHaveCount(0);
  await other.getByRole("textbox", { name: /^Note/ }).fill("The court with its place.");
  while (/\d+ to decide/.test((await other.getByRole("main").textContent())!))
    await other.getByRole("button", { name: /^As proposed/ }).click();
  await other.getByRole("button", { name: /^Decide/ }).click();
  await expect(badge(other)).toBeEmpty();
  await expect(other.getByRole("heading", { name: "Nothing to decide" })).toBeVisible();
  await other.goto("/p/worked/guidelines");
  await other.getByRole("tab", { name: "Examples" }).click();
  await expect(other.getByText("The court with its place.").first()).toBeVisible();
});

test("guidelines: a version is written, kept over a reload, published and compared", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/guidelines");
  await page.getByRole("button", { name: "Edit" }).click();
  const source = page.getByRole("textbox", { name: /^Guidelines in Markdown/ });
  const before = await source.inputValue();
  await source.fill(before.replace("A share in hundredths.", "A share in hundredths, with its sign: [3%](PERCENT)."));
  await expect(page.getByRole("region", { name: "Preview" }).locator("mark", { hasText: "3%" })).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Edit" }).click();
  await expect(source).toHaveValue(/with its sign/);
  await page.getByRole("button", { name: "Publish" }).click();
  await expect(page.getByRole("combobox", { name: "Version" })).toHaveValue(/Version 3/);
  await page.getByRole("tab", { name: "Changes" }).click();
  await expect(page.locator("ins")).toContainText("with its sign");
  await page.getByRole("button", { name: "I have read it" }).click();
  await page.getByRole("tab", { name: "Readers" }).click();
  await expect(page.getByRole("cell", { name: "rea", exact: true })).toBeVisible();
  await expect(page.getByRole("cell", { name: "lea", exact: true })).toHaveCount(0);
});

test("settings: labels, a member, rules, a token and an invitation", async ({ page, browser }) => {
  await signIn(page, "admin", "/p/two/settings");
  await page.getByRole("button", { name: "DATE up" }).click();
  await page.getByRole("button", { name: "Add a label" }).click();
  await page.getByRole("textbox", { name: "Label 5", exact: true }).fill("ORG");
  await expect(page.getByText("Twice").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "Save labels" })).toBeDisabled();
  await page.getByRole("textbox", { name: "Label 5", exact: true }).fill("LAW");
  await page.getByRole("textbox", { name: "Definition of LAW" }).fill("A statute.");
  await page.getByRole("button", { name: "Save labels" }).click();
  await expect
    .poll(async () => {
      const labels = await (await page.request.get("/v1/projects/two/labels")).json();
      return Object.keys(labels.items[0].labels);
    })
    .toEqual(["PERSON", "ORG", "DATE", "GPE", "LAW"]);
  await expect(page.getByRole("button", { name: "Save labels" })).toBeDisabled();

  await page.getByRole("tab", { name: "Members" }).click();
  await page.getByRole("textbox", { name: "Name of a user" }).fill("rea");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("cell", { name: "rea", exact: true })).toBeVisible();

  await page.getByRole("tab", { name: "Review rules" }).click();
  await page.getByRole("textbox", { name: "Predictions less sure than" }).fill("0.4");
  await page.getByRole("textbox", { name: "Wrong among the accepted, at most" }).fill("0.01");
  await page.getByRole("textbox", { name: "Confidence to hold it with" }).pressSequentially("0.9");
  await page.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByRole("button", { name: "Save rules" })).toBeDisabled();
  const project = await (await page.request.get("/v1/projects/two")).json();
  expect(project.settings.review).toMatchObject({ up: { confidence_below: 0.4 } });
  expect(project.settings.routing).toEqual({ limit: 0.01, confidence: 0.9 });
  expect(project.settings.review.lease_minutes).toBeCloseTo(0.05);

  await page.getByRole("tab", { name: "Channels" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("chat");
  await page.getByRole("combobox", { name: "By" }).click();
  await page.getByRole("option", { name: "Chat like Slack" }).click();
  const heard: string[] = [];
  const listener = createServer((asked, answer) => {
    asked.on("data", (part) => heard.push(String(part)));
    asked.on("end", () => answer.end("ok"));
  });
  await new Promise<void>((ready) => listener.listen(0, "127.0.0.1", ready));
  const { port } = listener.address() as AddressInfo;
  await page.getByRole("textbox", { name: "Address (URL)" }).fill(`http://127.0.0.1:${port}/secret`);
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("cell", { name: "127.0.0.1", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Test chat" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Sent" })).toBeVisible();
  listener.close();
  expect(heard.join("")).toContain("this is a test, asked for by admin");
  await page.getByRole("textbox", { name: "Name" }).fill("leads");
  await page.getByRole("combobox", { name: "By" }).click();
  await page.getByRole("option", { name: "E-mail" }).click();
  await page.getByRole("combobox", { name: "Addresses" }).fill("lea@example.org");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Add" }).click();
  await expect(page.getByRole("cell", { name: "1 address", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Remove chat" }).click();
  await expect(page.getByRole("cell", { name: "127.0.0.1", exact: true })).toHaveCount(0);
  const { settings } = await (await page.request.get("/v1/projects/two")).json();
  expect(settings.channels).toEqual({ leads: { kind: "email", to: ["lea@example.org"], kinds: [] } });
  expect(settings.routing).toEqual({ limit: 0.01, confidence: 0.9 });

  await page.getByRole("tab", { name: "Tokens" }).click();
  await page.getByRole("textbox", { name: "What it is for" }).fill("a program");
  await page.getByRole("button", { name: "Make a token" }).click();
  const token = await page.locator("code", { hasText: "lvn_" }).first().textContent();
  const stranger = await browser.newContext();
  const headers = { Authorization: `Bearer ${token}` };
  expect((await stranger.request.get("/v1/projects/two", { headers })).ok()).toBe(true);
  await page.getByRole("button", { name: "Revoke" }).click();
  await expect(page.getByText("revoked")).toBeVisible();
  expect((await stranger.request.get("/v1/projects/two", { headers })).status()).toBe(401);

  await page.getByRole("tab", { name: "Users" }).click();
  await page.getByRole("textbox", { name: "Name of a new user" }).fill("zoe");
  await page.getByRole("button", { name: "Invite" }).click();
  const link = await page.getByRole("status").locator("code").textContent();
  const fresh = await stranger.newPage();
  await fresh.goto(link!);
  await fresh.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await fresh.getByRole("textbox", { name: "Once more" }).fill(PASSWORD);
  await fresh.getByRole("button", { name: "Set password" }).click();
  await expect(fresh.getByRole("heading", { name: "No project yet" })).toBeVisible();
});

test("data: filters, a document, a dataset version and what changed", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/data");
  await page.getByRole("textbox", { name: "Surface form" }).fill("Turkey");
  await expect(page.getByRole("row")).not.toHaveCount(51);
  await page.getByRole("button", { name: "news-014" }).click();
  await expect(page.getByRole("dialog").getByRole("region", { name: "Text" })).toContainText("Turkey");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(page.getByRole("row")).toHaveCount(51);
  await page.getByRole("tab", { name: "Dataset versions" }).click();
  await page.getByRole("button", { name: "New version" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("third");
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("cell", { name: "third" })).toBeVisible();
  await expect(page.getByText("Other spans")).toBeVisible();
  const download = page.waitForEvent("download");
  await page
    .getByRole("link", { name: /^train/ })
    .first()
    .click();
  expect((await download).suggestedFilename()).toBe("train.jsonl");
});

test("models: mistakes, two versions with intervals, a promotion and the way back", async ({ page }) => {
  await signIn(page, "lea", "/p/worked/models");
  const versions = page.getByRole("region", { name: "Versions" });
  const row = (number: number) =>
    versions.getByRole("row").filter({ has: page.getByRole("button", { name: `Version ${number}`, exact: true }) });
  await expect(row(1)).toContainText("production");
  await expect(row(3)).toContainText("rejected");
  await expect(page.getByRole("button", { name: "Promote version 3" })).toBeDisabled();
  await page.getByRole("tab", { name: "Gate" }).click();
  await expect(page.getByRole("listitem").filter({ hasText: "F1" }).getByLabel("failed")).toBeVisible();

  await row(2).getByRole("button").click();
  await page.getByRole("tab", { name: "Mistakes" }).click();
  const mistakes = page.getByRole("article");
  await mistakes.first().waitFor();
  const all = Number((await page.getByRole("heading", { name: /mistakes$/ }).textContent())!.split(" ")[0]);
  await page.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: /^Boundary ·/ }).click();
  await expect(page.getByRole("heading", { name: /mistakes?$/ })).not.toHaveText(`${all} mistakes`);
  await expect(page.getByRole("article", { name: /^Boundary in/ })).toHaveCount(await mistakes.count());

  await page.getByRole("combobox", { name: "Compare with" }).click();
  await page.getByRole("option", { name: /Version 1/ }).click();
  await page.getByRole("tab", { name: "Beside version 1" }).click();
  await expect(page.getByText(/95 % between [+−]?[\d.]+ and [+−]?[\d.]+/)).toBeVisible();
  await expect(page.getByRole("row", { name: /PERSON/ })).toContainText("…");

  await page.getByRole("button", { name: "Run the gate on version 2" }).click();
  await expect(page.getByText("Version 2 passed the gate.")).toBeVisible();
  await page.getByRole("button", { name: "Promote version 2" }).click();
  const dialog = page.getByRole("dialog", { name: "Let version 2 answer instead of version 1?" });
  await expect(dialog.getByRole("button", { name: "Promote" })).toBeDisabled();
  await dialog.getByRole("textbox", { name: "Reason" }).fill("it knows more");
  await dialog.getByRole("button", { name: "Promote" }).click();
  await expect(row(2)).toContainText("production");
  await page.getByRole("button", { name: "Roll back" }).click();
  await page.getByRole("textbox", { name: "Reason" }).fill("an incident");
  await page.keyboard.press("Enter");
  await expect(row(1)).toContainText("production");
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("row", { name: /rollback 2 1 lea an incident/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /promotion 1 2 lea it knows more/ })).toBeVisible();

  await page.getByRole("tab", { name: "Transitions" }).click();
  await expect(page.getByRole("img", { name: /Transitions of \d+ tags; \d+ legal ones/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: /legal steps without an example/ })).toBeVisible();
});

test("playground: spans, why, tokens and stages of a text, and its offsets in any script", async ({ page }) => {
  await signIn(page, "ann", "/p/worked/playground");
  await page
    .getByRole("textbox", { name: "Text to read" })
    .fill("👩‍👩‍👧 On March 3, 2024 Acme paid $5 million to Zoë.");
  await page.keyboard.press("Control+Enter");
  const money = page.getByRole("button", { name: /\$5 million.*MONEY/ });
  await money.click();
  await expect(page.getByText("What made $5 million a MONEY")).toBeVisible();
  await expect(page.getByRole("tabpanel", { name: "Why" }).getByRole("listitem")).toHaveCount(8);
  await page.getByRole("tab", { name: "Tokens" }).click();
  await expect(page.getByRole("tabpanel", { name: "Tokens" }).getByText("Zoë", { exact: true })).toBeVisible();
  await page.getByRole("tab", { name: "Stages" }).click();
  await expect(page.getByRole("tabpanel", { name: "Stages" }).getByText("recognise.v1")).toBeVisible();
});

test("playground: what if the text were another, the scores of both side by side", async ({ page }) => {
  await signIn(page, "ann", "/p/worked/playground");
  await page.getByRole("textbox", { name: "Text to read" }).fill("On March 3, 2024 Acme paid $5 million to Zoë.");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("tab", { name: "What if" }).click();
  const panel = page.getByRole("tabpanel", { name: "What if" });
  const money = panel.getByRole("row", { name: /MONEY/ });
  await expect(money).toContainText("$5 million");
  await expect(money.getByRole("cell").last()).toHaveText("0");
  await panel.getByRole("textbox", { name: "Edit the text" }).fill("On March 3, 2024 Acme paid nothing much to Zoë.");
  await expect(money).toContainText("nothing much");
  await expect(money).toContainText("not found");
  await expect(money.getByRole("cell").last()).toHaveText(/^−\d+$/);
  expect(await findings(page)).toEqual([]);
  await panel.getByRole("textbox", { name: "Edit the text" }).fill("To Zoë.");
  await expect(money).toContainText("not there");
});

test("playground: where a transformer looks, by sentence and layer", async ({ page }) => {
  await signIn(page, "ann", "/p/looking/playground");
  await page.getByRole("textbox", { name: "Text to read" }).fill("Zoë left Oslo. Then unbelievably quiet days came.");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("tab", { name: "Attention" }).click();
  const panel = page.getByRole("tabpanel", { name: "Attention" });
  await expect(panel.getByRole("columnheader")).toHaveText(["Zoë", "left", "Oslo", "."]);
  await expect(panel.getByRole("rowheader")).toHaveText(["Zoë", "left", "Oslo", "."]);
  await expect(panel.getByTitle(/^Zoë → Oslo: \d+\.\d ?%$/)).toBeVisible();
  await expect(panel.getByRole("combobox", { name: "Layer" })).toHaveValue("2 of 2");
  const column = panel.getByRole("columnheader", { name: "." }).locator("bdi");
  const [above, first] = [await column.boundingBox(), await panel.getByTitle(/^Zoë → \./).boundingBox()];
  expect((first?.y ?? 0) - (above?.y ?? 0) - (above?.height ?? 0)).toBeLessThan(6); // a word stands on its column
  await panel.getByRole("combobox", { name: "Sentence" }).click();
  await page.getByRole("option", { name: /^2: Then/ }).click();
  await expect(panel.getByRole("columnheader")).toContainText(["Then", "unbelievably", "quiet", "days", "came", "."]);
  expect(await findings(page)).toEqual([]);
});
