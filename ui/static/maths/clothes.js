// Fashion-MNIST's own layout of a photograph of clothing, as in vae/images/clothes.py: what is not as the corners are, its longer
// side 28 pixels.

import { look, lookAround } from "./look.js";
import { brightness, within } from "./pixels.js";

const NEAR = 0.05; // of the largest intensity: colours that are as near to the corners' are ground
const FIELD = 28;

/** Find a piece of clothing on a plain ground: what findInk gives. */
export function findClothes(rgb, edits = {}) {
  const { part, shares } = within(rgb, edits.crop);
  const { values, width, height } = part;
  const corners = [0, width - 1, (height - 1) * width, height * width - 1];
  const ground = [0, 1, 2].map((c) => {
    const [, b, a] = corners.map((at) => values[3 * at + c]).sort((one, other) => one - other);
    return (a + b) / 2;
  });
  const box = { left: width, top: height, right: 0, bottom: 0 };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      if (!ground.some((tone, c) => Math.abs(values[at + c] - tone) > NEAR)) continue;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = y + 1;
    }
  }
  if (!box.bottom) return { problem: "image.no_clothes" };
  const seen = look(part, lookAround(box, 1), FIELD),
    tone = brightness(ground, 0);
  const polarity = edits.polarity ?? (tone > 0.5 ? "dark" : "light");
  const image = Float32Array.from({ length: FIELD * FIELD }, (_, i) => {
    const grey = brightness(seen, 3 * i);
    const value = polarity === "dark" ? (tone - grey) / Math.max(tone, NEAR) : (grey - tone) / Math.max(1 - tone, NEAR);
    return Math.min(1, Math.max(0, value));
  });
  return { image, box: shares(box), polarity, several: false, confidence: 1 };
}
