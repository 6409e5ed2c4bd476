import assert from "node:assert/strict";
import { test } from "node:test";
import { boxOf, isWithin } from "../../ui/static/maths/polygon.js";

test("a box holds what lies between its corners, whichever way they were set", () => {
  for (const [a, b] of [
    [
      [1, 2],
      [5, 6],
    ],
    [
      [5, 2],
      [1, 6],
    ],
  ]) {
    const box = boxOf(a, b);
    for (let x = 0.5; x < 8; x++) {
      for (let y = 0.5; y < 8; y++) assert.equal(isWithin([x, y], box), x > 1 && x < 5 && y > 2 && y < 6);
    }
  }
});

test("a polygon with a notch, against the signs of its triangles", () => {
  // A square without the triangle between its upper corners and its middle
  const notched = [
    [0, 0],
    [4, 4],
    [8, 0],
    [8, 8],
    [0, 8],
  ];
  for (let x = 0.25; x < 9; x += 0.5) {
    for (let y = 0.3; y < 9; y += 0.5) {
      const expected = x < 8 && y < 8 && !(y < x && y < 8 - x);
      assert.equal(isWithin([x, y], notched), expected, `${x}, ${y}`);
    }
  }
});

test("nothing lies within a line or a point", () => {
  assert.equal(
    isWithin(
      [1, 1],
      [
        [0, 0],
        [2, 2],
      ],
    ),
    false,
  );
  assert.equal(isWithin([0, 0], [[0, 0]]), false);
  assert.equal(isWithin([0, 0], []), false);
});
