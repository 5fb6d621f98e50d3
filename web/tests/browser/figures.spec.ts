/** How fast the page is, on the real server; `LIVENER_FIGURES=1` holds it to the limits, which a busy machine breaks. */
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, review, signIn, test, text } from "./person";

test.use({ trace: "off" }); // it would look at the page at every key

const STRICT = process.env.LIVENER_FIGURES === "1";

function report(name: string, value: number, limit: number, unit: string): void {
  console.log(`${name}: ${value.toFixed(1)} ${unit} (limit ${limit})`);
  if (STRICT) expect(value, name).toBeLessThanOrEqual(limit);
}
const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;

/**
 * For every key, in milliseconds: what the page works on it and on the frames that show it. It is the time of its thread
 * on a processor, without the wait for the screen or for other processes, so that it holds on a busy machine too.
 */
async function keyTimes(page: Page, keys: string[]): Promise<number[]> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const worked = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")!.value * 1000;
  };
  const times: number[] = [];
  for (const key of keys) {
    await page.waitForTimeout(60); // what came before is over
    const before = await worked();
    await page.keyboard.press(key);
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    times.push((await worked()) - before);
  }
  await devtools.detach();
  return times;
}

test("keypress to paint in a document of 5,000 words", async ({ page }) => {
  await review(page, "ann", "words");
  const round = ["a", "Tab", "x", "Shift+ArrowRight", "2", "ArrowRight", "1", "Backspace", "m", "Tab"];
  const times = await keyTimes(page, Array.from({ length: 12 }, () => round).flat());
  report("keypress to paint, p95", percentile(times, 0.95), 16, "ms");
});

test("submit to the next task", async ({ page }) => {
  await review(page, "ann", "quick");
  const times: number[] = [];
  for (let count = 0; count < 3; count++) {
    const before = (await text(page).textContent())!;
    await page.evaluate((old) => {
      const time = new Promise<number>((done) => {
        const pressed = () => {
          const began = performance.now();
          const look = () => {
            if (document.querySelector('[aria-label="Text"]')?.textContent === old) requestAnimationFrame(look);
            else done(performance.now() - began);
          };
          requestAnimationFrame(look);
        };
        window.addEventListener("keydown", pressed, { once: true, capture: true });
      });
      Object.assign(window, { submitTime: time });
    }, before);
    await page.keyboard.press("Enter");
    times.push(await page.evaluate(() => (window as never as { submitTime: Promise<number> }).submitTime));
  }
  report("submit to next text, slowest of 3", Math.max(...times), 50, "ms");
});

test("scroll through 200,000 characters with 5,000 spans", async ({ page }) => {
  await review(page, "ann", "huge");
  const characters = (await text(page).textContent())!.length;
  expect(characters).toBeGreaterThan(180_000);
  const frames = await page.evaluate(async () => {
    const scroller = document.querySelector("[data-scroller]")!;
    const work: number[] = [];
    for (let step = 0; step < 120; step++) {
      await new Promise((done) =>
        requestAnimationFrame(() => {
          const began = performance.now();
          scroller.scrollTop += 300;
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(work.push(performance.now() - began));
          channel.port2.postMessage(null);
        }),
      );
    }
    return work;
  });
  report("a frame of scrolling, p95", percentile(frames, 0.95), 16, "ms");
  const drawn = await page.locator("[data-mark]").count();
  expect(drawn).toBeLessThan(1500); // windowed
  const times = await keyTimes(page, Array.from({ length: 10 }, () => ["Tab", "a"]).flat());
  report("keypress to paint there, p95", percentile(times, 0.95), 50, "ms");
});

test("first load of the review screen", async ({ page, context }) => {
  await signIn(page, "ann", "/p/empty/review");
  const fresh = await context.newPage();
  const sizes = new Map<string, Promise<number>>();
  fresh.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/v1/") || pathname === "/sw.js") return;
    sizes.set(
      pathname,
      response.body().then(
        (body) => gzipSync(body).length,
        () => 0,
      ),
    );
  });
  await fresh.goto("/p/forty/review");
  await text(fresh).waitFor();
  const bytes = (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
  const limit = 300;
  console.log(`first load: ${(bytes / 1000).toFixed(0)} kB gzip (limit ${limit})`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes / 1000).toBeLessThanOrEqual(limit);
});
