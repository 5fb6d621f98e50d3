/** How fast the page is, on the real server; `LIVENER_FIGURES=1` holds it to the limits, which a busy machine breaks. */
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, review, signIn, test, text } from "./person";

const STRICT = process.env.LIVENER_FIGURES === "1";

function report(name: string, value: number, limit: number, unit: string): void {
  console.log(`${name}: ${value.toFixed(1)} ${unit} (limit ${limit})`);
  if (STRICT) expect(value, name).toBeLessThanOrEqual(limit);
}
const percentile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!;

/** For every key: how long the page works on it and on the frame that shows it, without the wait for the screen. */
async function keyTimes(page: Page, keys: string[]): Promise<number[]> {
  await page.evaluate(() => {
    const times: number[] = [];
    Object.assign(window, { keyTimes: times });
    window.addEventListener(
      "keydown",
      () => {
        const began = performance.now();
        let worked = 0;
        Promise.resolve().then(() => {
          worked = performance.now() - began;
        });
        requestAnimationFrame(() => {
          const frame = performance.now();
          const channel = new MessageChannel();
          channel.port1.onmessage = () => times.push(worked + performance.now() - frame);
          channel.port2.postMessage(null);
        });
      },
      true,
    );
  });
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(30);
  }
  return page.evaluate(() => (window as never as { keyTimes: number[] }).keyTimes);
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
  let bytes = 0;
  const waiting: Promise<void>[] = [];
  fresh.on("response", (response) => {
    if (!response.url().includes("/v1/")) {
      waiting.push(
        response.body().then(
          (body) => {
            bytes += gzipSync(body).length;
          },
          () => undefined,
        ),
      );
    }
  });
  await fresh.goto("/p/forty/review");
  await text(fresh).waitFor();
  await Promise.all(waiting);
  const limit = 300;
  console.log(`first load: ${(bytes / 1000).toFixed(0)} kB gzip (limit ${limit})`);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes / 1000).toBeLessThanOrEqual(limit);
});
