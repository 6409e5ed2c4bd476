import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Connection, isLoss, NoAnswer } from "../../ui/static/state/connection.js";

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
  assert.ok(isLoss(new TypeError("Failed to fetch")) && isLoss(new NoAnswer("no")));
  assert.ok(!isLoss(new Error("The file is damaged.")) && !isLoss(undefined));
});
