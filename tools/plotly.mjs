// Writes ui/vendor/plotly-VERSION.min.js: plotly.js with only what the map needs, `scatter` and `scattergl`. See the README there.
//
//     npm install --no-save plotly.js@4.1.1 buffer@6.0.3 stream-browserify@3.0.0
//     node tools/plotly.mjs
//
// Plotly's own bundles wrap the whole in two functions, which browsers read twice more before they run it.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { version, license } = createRequire(import.meta.url)("plotly.js/package.json");
const ROOT = fileURLToPath(new URL("..", import.meta.url));

await build({
  stdin: {
    contents: `
      const Plotly = require("plotly.js/lib/core");
      Plotly.register([require("plotly.js/lib/scattergl")]);
      module.exports = Plotly;`,
    resolveDir: ROOT,
  },
  outfile: `${ROOT}/ui/vendor/plotly-${version}.min.js`,
  bundle: true,
  minify: true,
  format: "iife",
  globalName: "Plotly",
  target: "es2022",
  charset: "utf8",
  banner: { js: `/*! plotly.js ${version}, scatter and scattergl. Copyright Plotly, Inc. ${license} licence. */` },
  // As Plotly's own build has it: one regl for all, and browsers' names for what Node has; styles are those of maps
  alias: { regl: "@plotly/regl", stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  loader: { ".css": "empty" },
});
