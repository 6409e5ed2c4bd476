// Writes ui/vendor/katex/: KaTeX, which typesets the lecture's formulas, with the fonts that they need. See the README there.
//
//     npm install --no-save katex@0.19.1
//     node tools/katex.mjs

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const PACKAGE = dirname(createRequire(import.meta.url).resolve("katex/package.json"));
const OUT = fileURLToPath(new URL("../ui/vendor/katex", import.meta.url));
const FONTS = ["KaTeX_Main-Regular", "KaTeX_Math-Italic", "KaTeX_Size1-Regular", "KaTeX_Size2-Regular"];

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/fonts`, { recursive: true });
const { version, license } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, "utf8"));
await build({
  entryPoints: [`${PACKAGE}/dist/katex.mjs`],
  outfile: `${OUT}/katex.min.js`,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  banner: { js: `/*! KaTeX ${version}. Copyright Khan Academy and other contributors. ${license} licence. */` },
});
// Its styles, with those fonts alone, in the one format that all browsers read
const styles = readFileSync(`${PACKAGE}/dist/katex.min.css`, "utf8").replace(/@font-face\{[^}]*\}/g, (face) => {
  const [, name] = face.match(/fonts\/([\w-]+)\.woff2/);
  return FONTS.includes(name) ? face.replace(/src:[^;}]*/, `src:url(fonts/${name}.woff2) format("woff2")`) : "";
});
writeFileSync(`${OUT}/katex.min.css`, styles);
for (const name of FONTS) cpSync(`${PACKAGE}/dist/fonts/${name}.woff2`, `${OUT}/fonts/${name}.woff2`);
cpSync(`${PACKAGE}/LICENSE`, `${OUT}/LICENSE`);
