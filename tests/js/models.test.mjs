import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fetchKernel } from "../../ui/static/state/models.js";
import { golden } from "./golden.mjs";

const files = Object.fromEntries(Object.entries(golden.kernels).map(([name, path]) => [name, readFileSync(path)]));
const nameOf = (url) => String(url).match(/([\w-]+)\.wasm$/)?.[1];

/** What fetchKernel gives, and what it asks for, where answer(name) is what the server answers. */
async function fetched(answer) {
  const asked = [];
  globalThis.fetch = /** @type {any} */ (
    async (url) => {
      asked.push(nameOf(url));
      return answer(nameOf(url));
    }
  );
  const bytes = await fetchKernel();
  return { asked, bytes: bytes && Buffer.from(bytes) };
}
const whole = (name) => new Response(files[name]);
const cutShort = () =>
  new Response(new ReadableStream({ start: (controller) => controller.error(new TypeError("network error")) }));

test("the fused kernel is taken, and where it does not come, or comes in part, the other one", async () => {
  assert.deepEqual(await fetched(whole), { asked: ["kernel-fused"], bytes: files["kernel-fused"] });
  for (const fails of [
    () => Promise.reject(new TypeError("Failed to fetch")),
    () => new Response("", { status: 404 }),
    cutShort,
    () => new Response("<html>a page in its place</html>"),
  ]) {
    const found = await fetched((name) => (name === "kernel" ? whole(name) : fails()));
    assert.deepEqual(found, { asked: ["kernel-fused", "kernel"], bytes: files.kernel });
    assert.equal((await fetched(fails)).bytes, null);
  }
});

test("a browser without WebAssembly is sent none", async () => {
  const { WebAssembly } = globalThis;
  try {
    delete globalThis.WebAssembly;
    assert.deepEqual(await fetched(whole), { asked: [], bytes: null });
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
});
