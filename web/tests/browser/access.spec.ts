import { findings } from "./axe";
import { expect, review, signIn, test } from "./person";

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`axe finds nothing serious, ${colorScheme}`, () => {
    test.use({ colorScheme });

    test("sign-in", async ({ page }) => {
      await page.goto("/");
      await page.getByLabel("Name").waitFor();
      expect(await findings(page)).toEqual([]);
    });

    test("review, its panels and dialogs", async ({ page }) => {
      await review(page, "bob", "reading");
      await page.keyboard.press("a");
      await page.keyboard.press("x");
      expect(await findings(page)).toEqual([]);
      await page.keyboard.press("g");
      await page.getByRole("complementary", { name: "Guidelines 1" }).waitFor();
      expect(await findings(page)).toEqual([]);
      for (const [key, name] of [
        ["?", "Keys"],
        ["l", /is …/],
        ["f", /Flag this task/],
      ] as const) {
        await page.keyboard.press(key);
        await page.getByRole("dialog", { name }).waitFor();
        expect(await findings(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
    });

    test("forty labels, no task, questions", async ({ page }) => {
      await review(page, "bob", "forty");
      expect(await findings(page)).toEqual([]);
      await page.goto("/p/empty/review");
      await page.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.goto("/p/questions/questions");
      await page.getByRole("heading").first().waitFor();
      expect(await findings(page)).toEqual([]);
    });
  });
}

test("no script but the page's own, by policy", async ({ page }) => {
  const answer = await page.goto("/");
  const policy = answer!.headers()["content-security-policy"]!;
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("default-src 'none'");
  expect(await answer!.text()).not.toMatch(/<script(?![^>]*\bsrc=)/);
  await signIn(page, "ann", "/");
});
