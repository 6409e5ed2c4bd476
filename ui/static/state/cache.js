// Parts of files that the browser keeps from one visit to the next: a server's answers with a part of a file are not kept by
// browsers' own caches. The address of a file changes with its content, so what is kept is never out of date.

import { areFilesKept, noteFilesKept } from "./store.js";

const IDLE_MS = 200; // at the latest: who leaves soon keeps them, too

/** The browser's cache of this page, or null where it has none: an address without HTTPS, storage that is forbidden. */
async function open() {
  try {
    return await caches.open(`latent-explorer ${new URL(".", document.baseURI).pathname}`);
  } catch {
    return null;
  }
}

let opening;
const opened = () => (opening ??= open());
const isLasting = (url) => url.startsWith("http"); // what was made in the page goes with it

/** @type {() => Promise<void>} */
const idle = () =>
  new Promise((resolve) => {
    if (globalThis.requestIdleCallback) requestIdleCallback(() => resolve(), { timeout: IDLE_MS });
    else resolve();
  });

const keyOf = (url, first, last) => {
  const key = new URL(url);
  key.searchParams.set("bytes", `${first}-${last}`);
  return key.href;
};

/** Bytes first to last of a file, as they were kept; undefined where they were not. */
export async function kept(url, first, last) {
  if (!isLasting(url) || !areFilesKept()) return undefined;
  const cache = await opened();
  try {
    const response = await cache?.match(keyOf(url, first, last));
    return response && (await response.arrayBuffer());
  } catch {
    return undefined;
  }
}

/**
 * Keep bytes of a file, where there is room. Browsers that can tell when a page is idle do it then: to hand megabytes over
 * takes time, and the digit is to be drawn first.
 */
export async function keep(url, first, last, bytes) {
  if (!isLasting(url)) return;
  const cache = await opened();
  if (!cache) return;
  await idle();
  try {
    await cache.put(keyOf(url, first, last), new Response(bytes));
    noteFilesKept();
  } catch {} // no room: it is fetched again next time
}

/** Let go of what was kept of all other files: there are newer ones. */
export async function keepOnly(urls) {
  const cache = await opened();
  if (!cache) return;
  const wanted = new Set(urls.map((url) => new URL(url).href));
  for (const request of await cache.keys()) {
    const url = new URL(request.url);
    url.searchParams.delete("bytes");
    if (!wanted.has(url.href)) await cache.delete(request);
  }
}
