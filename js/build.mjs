// Bundles one self-contained ES module per item kind, and the style sheet they share.
// usage: node build.mjs [FOLDER]
// The result is committed and CI rebuilds and compares it, so nothing here may depend on
// the machine or the day: no source maps, no dates, no absolute paths.
import { build } from "esbuild";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

await build({
  absWorkingDir: here,
  entryPoints: ["choice", "debate", "essay", "label", "map", "order"].map((kind) => `src/${kind}.ts`).concat("src/widget.css"),
  outdir: resolve(process.argv[2] ?? join(here, "../course/widgets/static")),
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"],
  charset: "utf8",
  legalComments: "none",
  logLevel: "info",
});
