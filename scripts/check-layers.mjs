// npm run check:layers: proves that imports go one way, from `cargo metadata` and the sources.
import { read } from "./commands.mjs";
import { judgePackages, judgeSource, sourceRules } from "./layers.mjs";
import { textOf, trackedFiles } from "./tracked-files.mjs";

const json = read("cargo", ["metadata", "--format-version", "1", "--no-deps"]);
if (json === null) {
  console.error("`cargo metadata` failed; run it to see why");
  process.exit(1);
}
const { packages } = JSON.parse(json);
const sources = trackedFiles().filter((path) => sourceRules.some((rule) => rule.applies(path)));
const violations = [...judgePackages(packages), ...sources.flatMap((path) => judgeSource(path, textOf(path)))];

for (const violation of violations) console.error(violation);
if (violations.length > 0) {
  console.error(`\n${violations.length} violations of the layers; what may use what, and why: scripts/layers.mjs`);
  process.exit(1);
}
const edges = packages.flatMap(({ name, dependencies }) =>
  dependencies
    .filter((dependency) => dependency.name.startsWith("cadre-") && dependency.kind !== "dev")
    .map((dependency) => `  ${name} → ${dependency.name}`),
);
console.log(`${packages.length} crates and ${sources.length} sources keep the layers. Every edge there is:`);
console.log(edges.sort().join("\n"));
