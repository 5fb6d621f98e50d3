/** `npm run shots`: pictures of the screens into docs/images; with SHOTS=DIR of all that there is to see. */
import base from "./playwright.config";

export default {
  ...base,
  testDir: "tests/shots",
  outputDir: "test-results/shots",
  timeout: 300_000,
  projects: [{ name: "shots" }],
};
