/** The page itself stays in the browser, so that it opens without a network. */
export async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  await navigator.serviceWorker.register("/sw.js");
  await navigator.serviceWorker.ready;
  // What this visit loaded before the worker was there, it has to see once.
  const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname);
  const assets = loaded.filter((path) => path.startsWith("/assets/"));
  const page = fetch("/", { headers: { Accept: "text/html" } });
  await Promise.allSettled([page, ...["/mark.svg", ...assets].map((path) => fetch(path))]);
}
