/** What was settled and is wrong is put right where it is found, and that can be undone. */
import type { Task } from "@/api/types";
import { findings } from "./axe";
import { expect, signIn, test, words } from "./person";

test("quality: a fix, all that are the same, by hand, and undo", async ({ page }) => {
  await signIn(page, "admin", "/p/settled/data");
  await page.getByRole("tab", { name: "Quality" }).click();
  await expect(page.getByText("In 25 settled documents")).toBeVisible();
  const finding = (name: string) => page.getByRole("article", { name, exact: true });
  expect(await findings(page)).toEqual([]);
  const said = async (document: string) => {
    const { items } = await (await page.request.get("/v1/projects/settled/tasks?limit=100")).json();
    return words((items as Task[]).find((one) => one.document.id === document)!);
  };

  // One, by what it says itself.
  const wide = finding("White space in wide");
  await expect(wide.locator("mark")).toHaveText("Ann Lee ");
  await wide.getByRole("button", { name: "Make it “Ann Lee”" }).click();
  await expect(wide.getByRole("status")).toContainText("Put right");
  expect(await said("wide")).toEqual(["Ann Lee PERSON"]);

  // All that are the same, and back.
  await page
    .getByRole("group", { name: "Kind" })
    .getByRole("button", { name: /^Other label/ })
    .click();
  await expect(page.getByRole("article")).toHaveCount(2);
  const odd = finding("Other label in odd-1");
  await odd.getByRole("checkbox", { name: "All 2 that are the same" }).check();
  await odd.getByRole("button", { name: "Make it ORG" }).click();
  await expect(odd.getByRole("status")).toContainText("in 2 documents");
  await expect(finding("Other label in odd-2").getByRole("status")).toContainText("Put right");
  expect([await said("odd-1"), await said("odd-2")]).toEqual([["Acme ORG"], ["Acme ORG"]]);
  await odd.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Put right" })).toHaveCount(0);
  expect([await said("odd-1"), await said("odd-2")]).toEqual([["Acme GPE"], ["Acme GPE"]]);
  await odd.getByRole("button", { name: "Relabel" }).click();
  await page.getByRole("menuitem", { name: "PERSON" }).click();
  await expect(odd.getByRole("status")).toContainText("Put right");
  await page.getByRole("button", { name: "Look again" }).click();
  await expect(odd.getByText("is ORG 20 times, and PERSON here")).toBeVisible();

  // Its boundaries, by hand.
  await page
    .getByRole("group", { name: "Kind" })
    .getByRole("button", { name: /^Inside a token/ })
    .click();
  const inner = finding("Inside a token in inner");
  await inner.getByRole("button", { name: "By hand" }).click();
  await inner.getByRole("button", { name: /^Start one word to the left/ }).click();
  await inner.getByRole("button", { name: /^End one word to the right/ }).click();
  await inner.getByRole("button", { name: "Save" }).click();
  await expect(inner.getByRole("status")).toContainText("Put right");
  expect(await said("inner")).toEqual(["of Wilmington GPE"]);
  if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/quality.png` });
});
