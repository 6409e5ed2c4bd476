// What the lab's training costs, and what is to be seen of it, in Node, whose engine is Chromium's: see lab.py.

import { readFileSync } from "node:fs";
import { HELD_OUT, Lab, TRAINED_ON } from "../ui/static/maths/lab.js";
import { kernelOf } from "../ui/static/maths/network.js";

const repeats = Number(process.argv[2]);
const kernel = kernelOf(readFileSync(new URL("../ui/static/maths/kernel-fused.wasm", import.meta.url)));
const images = new Uint8Array((TRAINED_ON + HELD_OUT) * 784).map((_, i) => (i * 7919) % 256);

/** Milliseconds of processor time of one call: what other programs take is not counted. */
function cost(fn, times) {
  for (let k = 0; k < 5; k++) fn();
  const { user, system } = process.cpuUsage();
  for (let k = 0; k < times; k++) fn();
  const now = process.cpuUsage();
  return (now.user + now.system - user - system) / 1000 / times;
}

const figures = [["vae"], ["vae", "ae"]].map((kinds) => {
  const lab = new Lab(kernel, images, { kinds });
  const betas = [1, 0];
  return {
    kinds: kinds.join(" beside "),
    step: cost(() => lab.step({ betas, lr: 1e-3 }), repeats),
    picture: cost(() => lab.picture(betas, false), repeats),
    heldOut: cost(() => lab.heldOut(), repeats / 5),
  };
});
console.log(JSON.stringify(figures));
