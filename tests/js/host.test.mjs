import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { gradioHost } from "../../ui/static/host/gradio.js";
import { NoAnswer } from "../../ui/static/state/connection.js";

const SETTINGS = { files: {}, headers: {}, strings: {}, plotly: "p", ink: "i", originals: {}, examples: [] };
const never = new Promise(() => {});
const turns = async () => {
  for (let k = 0; k < 20; k++) await null;
};

/** A host whose server answers a question with `answer`, and, if `isUp`, whoever asks whether it is there. */
function hostOf(answer, isUp) {
  globalThis.document = /** @type {any} */ ({ baseURI: "http://example.org/" });
  globalThis.fetch = /** @type {any} */ (async () => (isUp ? new Response() : Promise.reject(new TypeError("down"))));
  const host = gradioHost(SETTINGS);
  host.connect({ ask_convert: () => answer }, null);
  return host;
}

test("an answer is given as it came, an error is a refusal", async () => {
  assert.deepEqual(await hostOf(Promise.resolve({ image: 1 }), true).ask("convert", {}), { image: 1 });
  await assert.rejects(hostOf(Promise.resolve({ error: "no" }), true).ask("convert", {}), /refused/);
  await assert.rejects(hostOf(Promise.reject(new Error("no")), false).ask("convert", {}), NoAnswer);
});

test("a question that is never answered is given up after a minute", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    for (const isUp of [true, false]) {
      let ended = null;
      hostOf(never, isUp)
        .ask("convert", {})
        .catch((error) => {
          ended = error;
        });
      await turns();
      mock.timers.tick(59_999);
      await turns();
      assert.equal(ended, null);
      mock.timers.tick(1);
      await new Promise(setImmediate);
      await turns();
      assert.equal(ended instanceof NoAnswer, !isUp);
      assert.ok(ended instanceof Error);
    }
  } finally {
    mock.timers.reset();
  }
});
