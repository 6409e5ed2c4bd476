// Writes ui/bundle/: the page's scripts as one file for each host and one for each worker, so that a visitor's browser asks for
// two or three files and not for a hundred. sources.json says what they were made from: the page serves them only while that is
// what ui/static/ holds, and single modules otherwise, so that nothing has to be built before a script can be edited and run.
//
//     npm run bundle
//
// `node tools/bundle.mjs FOLDER` writes it to another folder, for comparison.

import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FROM = fileURLToPath(new URL("../ui/static", import.meta.url)),
  TO = process.argv[2] ?? fileURLToPath(new URL("../ui/bundle", import.meta.url));

rmSync(TO, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: FROM,
  entryPoints: ["start/gradio.js", "start/static.js", "maths/worker.js", "maths/lab-worker.js"],
  outbase: FROM,
  outdir: TO,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  metafile: true,
});
const digest = (path) =>
  createHash("sha256")
    .update(readFileSync(`${FROM}/${path}`))
    .digest("hex");
const sources = Object.keys(metafile.inputs).map((path) => relative(FROM, `${FROM}/${path}`));
const digests = Object.fromEntries(sources.sort().map((path) => [path, digest(path)]));
writeFileSync(`${TO}/sources.json`, `${JSON.stringify(digests, null, 1)}\n`);
