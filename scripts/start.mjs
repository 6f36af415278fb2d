// npm start: opens the application, in the best form that exists in this checkout and fits this machine.
import { join } from "node:path";
import { becomeProgram, runToStderr } from "./commands.mjs";
import { builtProgram, root } from "./places.mjs";
import { buildPrograms, buildShell } from "./programs.mjs";
import { prepareOrExit } from "./setup/prepare.mjs";

const hasDisplay =
  process.platform === "darwin" ||
  process.platform === "win32" ||
  Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** Best first. `absent` says why this one cannot be started, or null; `build` returns whether it succeeded. */
const startable = [
  {
    name: "the desktop window",
    absent: () => (hasDisplay ? null : "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"),
    build: buildShell,
    program: "cadre-desktop",
    args: [],
  },
  {
    name: "the interface in a browser on this machine",
    absent: () => null,
    build: () => runToStderr("npm", ["run", "ui:build"]) === 0 && buildPrograms(),
    program: "cadre",
    args: ["serve", "--ui", join(root, "ui/dist")],
  },
];

prepareOrExit("start");

const chosen = startable.find((candidate) => {
  const reason = candidate.absent();
  if (reason !== null) console.error(`[start] not ${candidate.name}: ${reason}`);
  return reason === null;
});
console.error(`[start] ${chosen.name}`);
if (!chosen.build()) {
  console.error(`[start] ${chosen.name} does not build; the builder's own words are above`);
  process.exit(1);
}
becomeProgram(builtProgram(chosen.program), [...chosen.args, ...process.argv.slice(2)]);
