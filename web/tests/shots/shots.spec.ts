/** Every screen as a picture, wide and narrow, light and dark: those of the documentation, or all, to be looked at. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Browser, type Page, test } from "@playwright/test";
import { PASSWORD, signIn } from "../browser/person";

interface Shot {
  name: string;
  who: string;
  path: string;
  /** What is done before the picture is taken. */
  act?: (page: Page) => Promise<unknown>;
  /** Somebody who was never here. */
  newcomer?: true;
  /** Is it in the documentation? */
  shown?: true;
}

const TEXT =
  "Delaware, March 3 – Halvorsen Foods Inc. agreed to buy Tidewater Logistics LLC for $1.2 billion, " +
  "its chief executive Maria Okafor said on Tuesday. The Supreme Court of Delaware had cleared the deal under the " +
  "Clayton Act. Shares rose 4%.";
const tab = (name: string) => async (page: Page) => {
  await page.getByRole("tab", { name, exact: true }).click();
};

const SHOTS: readonly Shot[] = [
  { name: "sign-in", who: "", path: "/", shown: true },
  {
    name: "review",
    who: "ann",
    path: "/p/worked/review",
    shown: true,
    act: async (page) => {
      await page.keyboard.press("a");
      await page.keyboard.press("a");
      await page.keyboard.press("x");
    },
  },
  {
    name: "review-guidelines",
    who: "ann",
    path: "/p/nested/review",
    act: async (page) => {
      await page.keyboard.press("g");
      await page.getByRole("complementary").waitFor();
    },
  },
  { name: "review-keys", who: "ann", path: "/p/nested/review", act: (page) => page.keyboard.press("?") },
  { name: "review-forty", who: "ann", path: "/p/forty/review", act: (page) => page.keyboard.press("l") },
  { name: "review-scripts", who: "ann", path: "/p/scripts/review" },
  { name: "review-huge", who: "ann", path: "/p/huge/review" },
  { name: "review-empty", who: "ann", path: "/p/empty/review" },
  {
    name: "first-run",
    who: "ann",
    path: "/p/worked/review",
    shown: true,
    newcomer: true,
    act: (page) => page.getByRole("dialog", { name: "Tour" }).waitFor(),
  },
  { name: "questions", who: "bob", path: "/p/questions/questions", shown: true },
  { name: "adjudicate", who: "rea", path: "/p/worked/adjudicate", shown: true },
  { name: "guidelines", who: "lea", path: "/p/worked/guidelines", shown: true },
  {
    name: "guidelines-edit",
    who: "lea",
    path: "/p/worked/guidelines",
    act: (page) => page.getByRole("button", { name: "Edit" }).click(),
  },
  { name: "guidelines-changes", who: "lea", path: "/p/worked/guidelines", act: tab("Changes") },
  { name: "data", who: "lea", path: "/p/worked/data", shown: true },
  { name: "data-datasets", who: "lea", path: "/p/worked/data", shown: true, act: tab("Dataset versions") },
  { name: "data-corrections", who: "lea", path: "/p/worked/data", shown: true, act: tab("Corrections") },
  { name: "data-quality", who: "admin", path: "/p/settled/data", shown: true, act: tab("Quality") },
  { name: "models", who: "lea", path: "/p/worked/models", shown: true, act: version(2) },
  {
    name: "models-beside",
    who: "lea",
    path: "/p/worked/models",
    act: async (page) => {
      await version(2)(page);
      await page.getByRole("combobox", { name: "Compare with" }).click();
      await page.getByRole("option", { name: /Version 1/ }).click();
      await page.getByRole("tab", { name: /^Beside/ }).click();
    },
  },
  {
    name: "models-mistakes",
    who: "lea",
    path: "/p/worked/models",
    shown: true,
    act: after(version(2), tab("Mistakes")),
  },
  { name: "models-gate", who: "lea", path: "/p/worked/models", act: tab("Gate") },
  { name: "models-transitions", who: "lea", path: "/p/worked/models", act: after(version(2), tab("Transitions")) },
  { name: "models-history", who: "lea", path: "/p/worked/models", act: tab("History") },
  { name: "models-empty", who: "admin", path: "/p/empty/models" },
  { name: "monitor", who: "lea", path: "/p/worked/monitor", shown: true, act: tab("What it finds") },
  { name: "monitor-quality", who: "lea", path: "/p/simulated/monitor", act: tab("Quality") },
  { name: "monitor-happened", who: "lea", path: "/p/simulated/monitor" },
  { name: "monitor-jobs", who: "lea", path: "/p/worked/monitor", act: tab("Jobs") },
  { name: "team", who: "lea", path: "/p/worked/team", shown: true },
  {
    name: "playground",
    who: "lea",
    path: "/p/worked/playground",
    shown: true,
    act: async (page) => {
      await page.getByRole("textbox", { name: "Text to read" }).fill(TEXT);
      await page.getByRole("button", { name: "Read", exact: true }).click();
      await page.getByRole("tab", { name: "Why" }).waitFor();
    },
  },
  { name: "settings", who: "admin", path: "/p/worked/settings", shown: true },
  { name: "settings-triggers", who: "admin", path: "/p/worked/settings", act: tab("Triggers") },
  { name: "settings-rules", who: "admin", path: "/p/worked/settings", act: tab("Review rules") },
  { name: "settings-members", who: "admin", path: "/p/worked/settings", act: tab("Members") },
  { name: "settings-tokens", who: "admin", path: "/p/worked/settings", act: tab("Tokens") },
];

function version(number: number) {
  return (page: Page) => page.getByRole("button", { name: `Version ${number}`, exact: true }).click();
}

function after(...acts: ((page: Page) => Promise<unknown>)[]) {
  return async (page: Page) => {
    for (const act of acts) await act(page);
  };
}

const everything = process.env.SHOTS;
const only = process.env.SHOTS_ONLY?.split(",");
const folder = everything ?? "../docs/images";

test("pictures", async ({ browser, request }) => {
  test.setTimeout(1_200_000);
  mkdirSync(folder, { recursive: true });
  const link = new URL(readFileSync("test-results/server/setup-link.txt", "utf8")).pathname;
  await request.post(link.replace("/invitation/", "/v1/invitations/"), { data: { password: PASSWORD } });
  const chosen = SHOTS.filter(({ name, shown }) =>
    only ? only.some((one) => name.startsWith(one)) : everything || shown,
  );
  for (const person of new Set(chosen.map(whose))) {
    await of(
      browser,
      chosen.filter((shot) => whose(shot) === person),
    );
  }
});

const whose = ({ who, newcomer }: Shot) => `${who} ${newcomer}`;

/** One person's pictures. */
async function of(browser: Browser, shots: readonly Shot[]): Promise<void> {
  const { who, newcomer = false } = shots[0]!;
  const context = await browser.newContext({ deviceScaleFactor: 1 });
  const page = await context.newPage();
  if (who) await signIn(page, who, "/", { newcomer });
  for (const shot of shots) {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(shot.path);
    await page
      .getByRole("heading")
      .or(page.getByRole("region", { name: "Text" }))
      .first()
      .waitFor();
    await page.waitForTimeout(600);
    await shot.act?.(page);
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ] as const) {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(700);
        await page.locator("[aria-busy]").first().waitFor({ state: "detached" });
        const look = [width === 390 && "narrow", colorScheme === "dark" && "dark"].filter(Boolean);
        writeFileSync(`${folder}/${[shot.name, ...look].join("-")}.webp`, await picture(page));
      }
    }
  }
  await context.close();
}

/** A small one, from the browser itself. */
async function picture(page: Page): Promise<Buffer> {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 74 });
  await devtools.detach();
  return Buffer.from(data, "base64");
}
