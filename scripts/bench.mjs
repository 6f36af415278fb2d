// npm run bench [-- names]: the benchmarks of tests/bench, on release programs.
import { join } from "node:path";
import { becomeProgram, runToStderr } from "./commands.mjs";
import { root, targetDir } from "./places.mjs";
import { shellArgs } from "./programs.mjs";
import { prepareOrExit } from "./setup/prepare.mjs";

prepareOrExit("test");
for (const [program, args] of [["npm", ["run", "ui:build"]], ["cargo", [...shellArgs, "--release"]]]) {
  if (runToStderr(program, args) !== 0) process.exit(1);
}
process.env.CADRE_BIN_DIR = join(targetDir(), "release");
becomeProgram(process.execPath, [join(root, "tests", "bench", "run.mjs"), ...process.argv.slice(2)]);
