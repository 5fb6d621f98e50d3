import { readFileSync } from "node:fs";
import { expect, PASSWORD, test } from "./person";

test("from the link of the first start to the first sign-in", async ({ page }) => {
  await page.goto(readFileSync("test-results/server/setup-link.txt", "utf8"));
  await expect(page.getByRole("heading", { name: "Welcome, admin" })).toBeVisible();
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("textbox", { name: "Once more" }).fill("something else here");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("alert")).toHaveText("The two passwords differ.");
  await page.getByRole("textbox", { name: "Once more" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page).toHaveURL(/\/p\/\w+\/review$/);

  await page.getByRole("button", { name: "Account of admin" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Name").fill("admin");
  await page.getByRole("textbox", { name: "Password" }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: "Account of admin" })).toBeVisible();
});

test("a link works once", async ({ page }) => {
  const response = await page.request.get(
    new URL(readFileSync("test-results/server/setup-link.txt", "utf8")).pathname.replace(
      "/invitation/",
      "/v1/invitations/",
    ),
  );
  expect(response.status()).toBe(404);
});
