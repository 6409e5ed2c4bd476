import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Connection, fetched, isLoss, NoAnswer, received } from "../../ui/static/state/connection.js";

const turns = async () => {
  for (let k = 0; k < 5; k++) await null;
};

test("what was lost is tried again once, when there is an answer; in between the waits grow", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  try {
    let up = false,
      looks = 0;
    const connection = new Connection(async () => {
      looks++;
      if (!up) throw new TypeError("Failed to fetch");
      return true;
    });
    const tried = [];
    connection.retry(() => tried.push("a"));
    connection.retry(() => tried.push("b"));
    for (const wait of [1000, 2000, 4000, 8000, 16000, 30000, 30000]) {
      mock.timers.tick(wait - 1);
      await turns();
      const before = looks;
      mock.timers.tick(1);
      await turns();
      assert.equal(looks, before + 1, String(wait));
    }
    assert.deepEqual(tried, []);
    up = true;
    mock.timers.tick(30000);
    await turns();
    assert.deepEqual(tried, ["a", "b"]);
    const { length } = tried;
    mock.timers.tick(100_000);
    await turns();
    assert.equal(tried.length, length);
    mock.timers.tick(200_000);
    connection.retry(() => tried.push("c"));
    mock.timers.tick(1000); // after a long calm it looks soon
    await turns();
    assert.deepEqual(tried, ["a", "b", "c"]);
  } finally {
    mock.timers.reset();
  }
});

test("what fails in another way is not the connection's fault", () => {
  assert.ok(isLoss(new NoAnswer("no")));
  for (const other of [new Error("The file is damaged."), new TypeError("x is null"), undefined])
    assert.ok(!isLoss(other));
});

test("no answer, a cut one and a proxy's are losses; what a server refuses is an answer", async () => {
  const { fetch } = globalThis;
  try {
    globalThis.fetch = async () => {
      throw new TypeError("Failed to fetch");
    };
    await assert.rejects(fetched("x"), NoAnswer);
    for (const status of [502, 503, 504]) {
      globalThis.fetch = async () => ({ status });
      await assert.rejects(fetched("x"), NoAnswer);
    }
    globalThis.fetch = async () => ({ status: 404 });
    assert.equal((await fetched("x")).status, 404);
    await assert.rejects(received(Promise.reject(new TypeError("network error"))), NoAnswer);
  } finally {
    globalThis.fetch = fetch;
  }
});

test("of several things to be tried again none keeps the others from it, and what may be broken is tried once it was lost", async () => {
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  try {
    let up = true;
    const connection = new Connection(async () => up);
    const tried = [];
    await connection.retryIfLost(() => tried.push("broken"));
    mock.timers.tick(60_000);
    await turns();
    assert.deepEqual(tried, []);
    up = false;
    await connection.retryIfLost(() => {
      throw new Error("own fault");
    });
    connection.retry(() => tried.push("next"));
    up = true;
    mock.timers.tick(60_000);
    await turns();
    assert.deepEqual(tried, ["next"]);
  } finally {
    mock.timers.reset();
  }
});
