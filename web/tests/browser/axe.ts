import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * What axe finds that is serious or worse, by all rules of WCAG 2.2 AA or only by those.
 * Colours that are still on their way to what they will be are waited for: axe would measure one in between.
 */
export async function findings(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => {
    const axe = (window as never as { axe: typeof import("axe-core") }).axe;
    const { violations } = await axe.run({
      runOnly: rules
        ? { type: "rule", values: [...rules] }
        : { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    });
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.html.slice(0, 200)} ${node.any[0]?.message ?? ""}`),
      );
  }, rules);
}
