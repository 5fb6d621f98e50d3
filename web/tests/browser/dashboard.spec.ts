/** Ninety days of production with two drifts, a new model and new guidelines: each question in two clicks from Monitor. */
import { findings } from "./axe";
import { expect, signIn, test } from "./person";

test.use({ timezoneId: "UTC" });

test("what changed, since when, in which documents, and what was done about it", async ({ page }) => {
  await signIn(page, "lea", "/p/simulated/monitor");
  await page.getByRole("radiogroup", { name: "How far back" }).getByText("90 days").click(); // the first click

  // What changed, since when, and what was done stand there.
  const list = page.getByRole("list").filter({ hasText: "guidelines 2" });
  const line = (what: string | RegExp) => list.getByRole("listitem").filter({ hasText: what });
  await expect(line(/^.*Alert.*LAW: opened.*-100 %/)).toContainText(/since \d{4}-\d\d-\d\d.*; the text has changed/);
  await expect(line(/^.*Alert.*COURT: opened.*-100 %/)).toHaveCount(1);
  await expect(line("guidelines 2")).toHaveCount(1);
  await expect(line("production → model 2: it learned from contracts")).toHaveCount(1);
  await expect(line(/closed: .*LEGAL_ENTITY/)).toContainText("it has become calm");
  await expect(line("ORG: sent to review")).toHaveCount(1);

  // Which documents: the second click.
  await line(/LAW: opened.*-100 %/)
    .getByRole("button", { name: /^Documents of alert/ })
    .click();
  await expect(page.getByText("The texts have changed, not the model.")).toBeVisible();
  await expect(page.getByText(/0 LAW where [\d.]+ were to be expected/).first()).toBeVisible();
  const review = page.getByRole("button", { name: /^Have people review \d+ documents/ });
  await expect(review).toBeVisible();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await findings(page), colorScheme).toEqual([]);
  }

  // The address that a channel tells leads there at once.
  const alerts = await (await page.request.get("/v1/projects/simulated/alerts?state=open")).json();
  await page.goto(`/p/simulated/monitor?alert=${alerts.items[0].id}`);
  await expect(page.getByRole("heading", { name: alerts.items[0].summary })).toBeVisible();
  await expect(review).toBeVisible();
});

test("how good it is: figures of the golden set, the sample and what people were shown, for all of the time", async ({
  page,
}) => {
  await signIn(page, "lea", "/p/simulated/monitor");
  await page.getByRole("radiogroup", { name: "How far back" }).getByText("90 days").click();
  await page.getByRole("tab", { name: "Quality", exact: true }).click();
  for (const of of ["of the sample", "on the golden set"]) {
    const table = page.getByRole("region", { name: `Precision and recall ${of}` });
    for (const label of ["All labels", "LAW", "ORG"])
      await expect(table.getByRole("row", { name: new RegExp(`^${label}`) })).toContainText(/\d+%.*\d+%.*\d+%/);
  }
  await expect(page.getByRole("term").filter({ hasText: /^F1$/ }).locator("xpath=..")).toContainText(/\d\d\.\d%/);

  // A point for each three days of what people were shown, and a step on the golden set that goes from end to end.
  const points = (name: RegExp) => page.getByRole("img", { name }).locator('[aria-label="dot"] circle');
  await expect(points(/^F1 over time, All labels/)).toHaveCount(30);
  await expect(points(/^F1 on the golden set of what served: All labels/)).toHaveCount(4);
  await page.getByRole("combobox", { name: "Label on the golden set" }).click();
  await page.getByRole("option", { name: "COURT" }).click();
  await expect(points(/^F1 on the golden set of what served: COURT/)).toHaveCount(4);
  expect(await findings(page)).toEqual([]);
});

test("how good it is by the sample, and the documents behind a bar", async ({ page }) => {
  await signIn(page, "lea", "/p/simulated/monitor");
  await page.getByRole("tab", { name: "Quality", exact: true }).click();
  const sample = page.getByRole("region", { name: "Precision and recall of the sample" });
  await expect(sample.getByRole("row", { name: /^All labels/ })).toContainText(/\d+% \d+% … \d+%/);
  await expect(page.getByRole("region", { name: "New labels" }).getByRole("row", { name: /PRODUCT/ })).toContainText(
    "found",
  );
  await page.getByRole("combobox", { name: "Domain" }).click();
  await page.getByRole("option", { name: "contract" }).click();
  await expect(
    page.getByRole("img", { name: "F1 of the sample by day with its interval: All, contract" }),
  ).toBeVisible();

  await page.getByRole("tab", { name: "What it finds" }).click();
  await expect(page.getByRole("heading", { name: "Documents behind a bar" })).toBeVisible();
  const bar = page
    .getByRole("img", { name: "Shares of labels over time" })
    .locator('[aria-label="rect"] rect[fill="var(--bar-0)"]')
    .first();
  await bar.hover();
  await bar.click();
  await expect(page.getByRole("combobox", { name: "Label of the documents" })).toHaveValue("GPE");
  await expect(page.getByText(/least score \d+%/).first()).toBeVisible();
});

test("models: a diagnosis names the cause, its evidence and what mends it", async ({ page }) => {
  await signIn(page, "lea", "/p/simulated/models");
  await page.getByRole("combobox", { name: "Version" }).click();
  await page.getByRole("option", { name: "Version 1", exact: true }).click();
  await page.getByRole("tab", { name: "Diagnosis" }).click();
  await expect(page.getByText("Nobody asked yet what is wrong with version 1.")).toBeVisible();
  await page.getByRole("button", { name: "Diagnose version 1" }).click();
  await expect(page.getByText(/^F1 [\d.]+% on \d+ documents of the golden set/)).toBeVisible({ timeout: 60_000 });
  const causes = page.getByRole("tabpanel", { name: "Diagnosis" });
  await expect(causes.getByRole("heading", { level: 2 }).first()).toBeVisible();
  await expect(causes.getByText("What mends it").first()).toBeVisible();
  expect(await findings(page)).toEqual([]);
});
