import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const port = Number(process.env.LIVENER_TEST_PORT ?? 8765);
const python = process.env.LIVENER_PYTHON ?? "../.venv/bin/python";
const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

export default defineConfig({
  testDir: "tests/browser",
  outputDir: "test-results",
  workers: 1, // one store, and the figures are of one page at a time
  timeout: 90_000,
  expect: { timeout: 20_000 },
  forbidOnly: Boolean(process.env.CI),
  reporter: [["list"]],
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1440, height: 900 },
    actionTimeout: 30_000,
    trace: "retain-on-failure",
    contextOptions: { reducedMotion: "reduce" }, // nothing is there twice while it fades
    launchOptions: {
      executablePath: existsSync(chromium) ? chromium : undefined,
      // As root in a container, and with no word to anybody else.
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
    },
  },
  projects: [
    { name: "first start", testMatch: "first-start.spec.ts" },
    { name: "page", dependencies: ["first start"], testIgnore: "first-start.spec.ts" },
  ],
  webServer: {
    command: `${python} tests/browser/server.py ${port} test-results/server`,
    url: `http://localhost:${port}/ready`,
    timeout: 240_000, // two small models are trained
    reuseExistingServer: Boolean(process.env.LIVENER_TEST_REUSE),
  },
});
