/** `npm run shots`: pictures of every screen into docs/images; with SHOTS=DIR all of them, wide, narrow, light and dark. */
import base from "./playwright.config";

export default {
  ...base,
  testDir: "tests/shots",
  outputDir: "test-results/shots",
  timeout: 300_000,
  projects: [{ name: "shots" }],
};
