// npm run demo -- [arguments of `cadre demo`]
// Standard output belongs to the demo alone: with --json it is one line.
// npm prints a banner of its own there unless it is called as `npm run --silent demo -- --json`.
import { becomeProgram } from "./commands.mjs";
import { builtProgram } from "./places.mjs";
import { buildPrograms } from "./programs.mjs";
import { prepareOrExit } from "./setup/prepare.mjs";

prepareOrExit("demo");
if (!buildPrograms()) {
  console.error("The programs do not build, so there is no demo; cargo's own words are above.");
  process.exit(1);
}
becomeProgram(builtProgram("cadre"), ["demo", ...process.argv.slice(2)]);
