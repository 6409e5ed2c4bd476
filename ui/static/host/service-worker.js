// Keeps a static site's files, so that it works without a network after the first visit. `ui.site` writes it beside index.html,
// and before it self.SITE: {version: of the page, first: the files that are kept at once, later: those that are kept when they
// are first used}. All but the page itself have another address when they change. Weights and codes are kept by
// state/cache.js. Whatever else lies below the same address is not looked at.

const { scope } = self.registration;
const CACHE = `latent-explorer-site ${scope}`;
const addresses = (files) => files.map((file) => new URL(file, scope).href);
const own = new Set(addresses([...self.SITE.first, ...self.SITE.later]));
const page = new Set([scope, `${scope}index.html`]);

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(scope, { cache: "reload" }), ...self.SITE.first]);
  await self.skipWaiting();
}

/** Let go of the files of the site as it was before. */
async function forgetOthers() {
  const cache = await caches.open(CACHE);
  for (const { url } of await cache.keys()) if (!own.has(url) && url !== scope) await cache.delete(url);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || request.headers.has("range")) return;
  const address = request.url.split("#")[0];
  if (request.mode === "navigate" && page.has(address.split("?")[0])) event.respondWith(newest(event));
  else if (own.has(address)) event.respondWith(kept(event));
});

/** The page as the server has it now, which is kept; as it was, where there is no answer. */
async function newest(event) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(event.request);
    if (response.ok) keep(event, cache, scope, response);
    return response;
  } catch {
    return (await cache.match(scope)) ?? Response.error();
  }
}

/** A file as it was kept, or else from the server, which is kept from now on. */
async function kept(event) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(event.request);
  if (found) return found;
  const response = await fetch(event.request);
  if (response.status === 200) keep(event, cache, event.request, response);
  return response;
}

/** Keep a copy of an answer; where there is no room, it is fetched again the next time. */
function keep(event, cache, address, response) {
  event.waitUntil(cache.put(address, response.clone()).catch(() => {}));
}
