// Times the browser's networks in Node, whose engine is Chromium's: see engine.py, which gives the paths.

import { readFileSync } from "node:fs";
import { geodesic } from "../ui/static/maths/geodesic.js";
import { networksFrom } from "../ui/static/maths/network.js";
import { decode, parseHeader } from "../ui/static/state/safetensors.js";

const { weights, activation, z, x, pairs, repeats } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const bytes = readFileSync(weights);
const { header, start } = parseHeader(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
const tensors = {};
for (const [name, tensor] of Object.entries(header)) {
  if (name === "__metadata__") continue;
  const [from, to] = tensor.data_offsets;
  tensors[name] = decode(tensor.dtype, new Uint8Array(bytes.subarray(start + from, start + to)).buffer);
}
const read = (name) => readFileSync(new URL(`../ui/static/maths/${name}.wasm`, import.meta.url));
const [codes, image] = [Float32Array.from(z), Float32Array.from(x)];
const one = codes.subarray(0, z.length / 126),
  out = new Float32Array(126 * 784);

function timed(fn, times) {
  const all = [];
  for (let k = 0; k < times; k++) {
    const begin = performance.now();
    fn();
    all.push(performance.now() - begin);
  }
  return all;
}

const engines = {
  fused: networksFrom(read("kernel-fused")),
  kernel: networksFrom(read("kernel")),
  "plain loops": networksFrom(null),
};
const networks = Object.entries(engines).map(([name, make]) => [name, make(tensors, activation)]);
const figures = Object.fromEntries(networks.map(([name]) => [name, { one: [], many: [], encode: [], geodesic: [] }]));
for (let round = -1; round < repeats; round++) {
  for (const [name, network] of networks) {
    const own = {
      one: timed(() => network.decode(one, out), 20),
      many: timed(() => network.decode(codes, out), 1),
      encode: timed(() => network.encode(image), 10),
    };
    if (round >= 0) for (const [what, times] of Object.entries(own)) figures[name][what].push(...times); // the first warms up
  }
}
for (const name of ["fused", "kernel"]) {
  const forGradients = engines[name](tensors, activation, { gradient: true });
  for (const [a, b] of pairs) {
    const search = () => [...geodesic(forGradients, Float32Array.from(a), Float32Array.from(b))];
    figures[name].geodesic.push(...timed(search, 1));
  }
}
console.log(JSON.stringify(figures));
