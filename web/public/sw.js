// The page without a network: its own files only. What people wrote is in the journal, never here.
// Files under /assets/ have another name when they have another content; the page itself is asked for first.
const CACHE = "livener-page-1";
const KEPT = 200;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(kept(request));
  else if (request.headers.get("Accept")?.includes("text/html") && !url.pathname.startsWith("/v1/"))
    event.respondWith(fresh(request));
  else if (url.pathname === "/mark.svg") event.respondWith(kept(request));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? store(cache, request, await fetch(request));
}

async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    return await store(cache, "/", await fetch(request));
  } catch (error) {
    const page = await cache.match("/");
    if (page) return page;
    throw error;
  }
}

async function store(cache, key, response) {
  if (response.ok) {
    await cache.put(key, response.clone());
    const keys = await cache.keys();
    for (const old of keys.slice(0, Math.max(0, keys.length - KEPT))) {
      if (new URL(old.url).pathname !== "/") await cache.delete(old);
    }
  }
  return response;
}
