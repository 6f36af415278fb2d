// npm test: everything that has to hold before a change lands. CI runs exactly this.
// All stages run even if one fails, so that one run shows everything that is wrong.
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtProgram, root } from "./places.mjs";
import { locked } from "./programs.mjs";
import { prepare, uiScripts } from "./setup/prepare.mjs";
import * as counts from "./test/counts.mjs";
import { endWithUs, runStage, summary } from "./test/stages.mjs";

function testFiles(folder) {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  const names = readdirSync(path).filter((name) => name.endsWith(".test.mjs"));
  return names.sort().map((name) => join(folder, name));
}

const node = process.execPath;
const nodeTest = (files) => [node, "--test", "--test-reporter=spec", ...files];
const uiDeclared = new Set(uiScripts());
const ui = (script, more = {}) =>
  uiDeclared.has(script) ? [{ name: script, command: ["npm", "run", "--silent", script], ...more }] : [];

/** What crosses the boundary of a process uses the programs as they ship; they are found in CADRE_BIN_DIR. */
function boundaryStage(name, folder) {
  const env = { CADRE_BIN_DIR: dirname(builtProgram("cadre")) };
  return { name, command: nodeTest(testFiles(folder)), counts: counts.nodeTest, needs: "programs", env };
}

const stages = [
  { name: "rustfmt", command: ["cargo", "fmt", "--all", "--check"] },
  { name: "layers", command: [node, "scripts/check-layers.mjs"] },
  { name: "tidy", command: [node, "scripts/check-tidy.mjs"] },
  { name: "script tests", command: nodeTest(testFiles("scripts")), counts: counts.nodeTest },
  ...ui("ui:lint"),
  ...ui("ui:types"),
  ...ui("ui:test", { counts: counts.vitest }),
  ...ui("ui:build"),
  ...ui("ui:size", { needs: "ui:build" }),
  // The same packages, features and profile as nextest, so that the two share what can be shared.
  // The shell has the interface inside, so nothing of it compiles before that is built.
  {
    name: "clippy",
    command: ["cargo", "clippy", ...locked, "--workspace", "--all-targets", "--", "-D", "warnings"],
    needs: "ui:build",
  },
  { name: "deny", command: ["cargo", "deny", ...locked, "check", "bans", "licenses", "sources"] },
  // The crates' own tests start cadre-exec and the function agents too, and look for them beside themselves. With the
  // tests, so that all have the features that nextest's selection has, and nothing compiles twice.
  {
    name: "programs",
    command: ["cargo", "build", ...locked, "--workspace", "--bins", "--tests"],
    needs: "ui:build",
  },
  {
    name: "nextest",
    command: ["cargo", "nextest", "run", ...locked, "--workspace"],
    counts: counts.nextest,
    needs: "programs",
  },
  boundaryStage("boundary tests", "tests"),
  // A window under a display of its own needs X and its driver.
  ...(process.platform === "linux" ? [boundaryStage("desktop journeys", "tests/desktop")] : []),
];

endWithUs();
const began = Date.now();
const ready = prepare("test");
const results = [
  { name: "set-up", state: ready ? "ok" : "FAILED", seconds: (Date.now() - began) / 1000, counts: null, note: "" },
];
console.log(`${ready ? "ok      " : "FAILED  "} set-up  ${results[0].seconds.toFixed(1)} s`);
if (ready) {
  for (const stage of stages) results.push(await runStage(stage, results));
}
console.log(`\n${summary(results)}`);
process.exitCode = results.every((result) => result.state === "ok") ? 0 : 1;
