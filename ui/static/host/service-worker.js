// Keeps a static site's files, so that it works without a network after the first visit. `ui.site` writes it beside index.html,
// with the site's files before it: self.FILES, all that the page needs to start; each of them, but for the page itself, has another
// address when it changes. Parts of weights and codes are kept by state/cache.js.

const CACHE = `latent-explorer-site ${self.registration.scope}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(self.FILES))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

/** Let go of the files of the site as it was before. */
async function forgetOthers() {
  const cache = await caches.open(CACHE);
  const own = new Set(self.FILES.map((file) => new URL(file, self.registration.scope).href));
  for (const request of await cache.keys()) if (!own.has(request.url)) await cache.delete(request);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  if (!request.url.startsWith(self.registration.scope)) return;
  event.respondWith(request.mode === "navigate" ? newest(request) : kept(request));
});

/** The page as the server has it now; as it was, where there is no answer. */
async function newest(request) {
  const cache = await caches.open(CACHE);
  try {
    return await fetch(request);
  } catch {
    return (await cache.match("./")) ?? Response.error();
  }
}

/** A file as it was kept, or else from the server, which is kept from now on. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok && response.status === 200) cache.put(request, response.clone());
  return response;
}
