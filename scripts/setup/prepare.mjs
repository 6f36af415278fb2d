// Makes a machine ready for one of the tasks of package.json. Quick when there is nothing to do.
// Everything it says goes to standard error: `demo --json` keeps standard output to itself.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { read } from "../commands.mjs";
import { root } from "../places.mjs";
import * as debian from "./debian.mjs";
import { installNodeModules } from "./node-modules.mjs";
import { checkNode, checkNpm, checkRust, checkRustComponents, installSubcommand } from "./toolchain.mjs";

const say = (text) => console.error(`[setup] ${text}`);

const packageScripts = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;
export const uiScripts = () => Object.keys(packageScripts()).filter((name) => name.startsWith("ui:"));

/** What each task needs, and no more: the demo wants no webview. */
export function needsOf(task) {
  const ui = uiScripts().length > 0;
  switch (task) {
    case "demo":
      return { system: ["build", "run"], npm: false, checks: false };
    case "start":
      return {
        system: ["build", "run", "desktopBuild", "desktopRun"],
        npm: ui,
        checks: false,
      };
    case "package":
      return { system: ["build", "desktopBuild"], npm: true, checks: false };
    case "test":
      return {
        system: [
          "build",
          "run",
          "databaseTest",
          "keychainTest",
          ...(ui ? ["uiTest"] : []),
          "desktopBuild",
          "desktopRun",
          "desktopTest",
        ],
        npm: ui,
        checks: true,
      };
    default:
      throw new Error(`no such task: ${task}`);
  }
}

function systemPackages(purposes) {
  if (process.platform === "linux" && debian.isDebian()) {
    const names = debian.missing(purposes);
    const problem = names.length > 0 ? debian.install(names, say) : null;
    return problem ? [problem] : [];
  }
  // Elsewhere we look and tell, and change nothing.
  return elsewhere(process.platform, purposes, (program, args) => read(program, args) !== null);
}

export function elsewhere(platform, purposes, works) {
  const problems = [];
  const need = (program, args, advice) => {
    if (!works(program, args)) problems.push(`${program} was not found. ${advice}`);
  };
  if (platform === "darwin") {
    need("cc", ["--version"], "Install Apple's command line tools: xcode-select --install");
    need("git", ["--version"], "Install Apple's command line tools: xcode-select --install");
  } else if (platform === "win32") {
    need("git", ["--version"], "Install Git for Windows.");
    // The compiler is found by rustc itself through the registry, so there is no program to look for here.
  } else {
    need("cc", ["--version"], "Install a C compiler and its headers with your distribution's packages.");
    need("git", ["--version"], "Install git with your distribution's packages.");
    if (purposes.includes("run")) need("bwrap", ["--version"], "Install bubblewrap with your distribution's packages.");
    if (purposes.includes("desktopBuild")) {
      need("pkg-config", ["--exists", "webkit2gtk-4.1"], "or it does not know webkit2gtk-4.1: install both, with headers.");
    }
  }
  if (problems.length > 0 && platform === "linux") {
    const names = purposes.flatMap((purpose) => Object.keys(debian.packages[purpose]));
    problems.push(`This is not Debian, so nothing was installed. On Debian the packages would be:\n  ${names.join(" ")}`);
  }
  return problems;
}

/** Returns whether the machine is ready; what is missing has then been said. */
export function prepare(task) {
  const { system, npm, checks } = needsOf(task);
  const rust = checkRust();
  if (checks && rust.length === 0) rust.push(...checkRustComponents());
  const problems = [...checkNode(), ...systemPackages(system), ...rust];
  if (npm) problems.push(...checkNpm());
  // What these install builds on the above.
  if (problems.length === 0) {
    if (npm) problems.push(...installNodeModules(say));
    if (checks) problems.push(...installSubcommand("nextest", say), ...installSubcommand("deny", say));
  }
  for (const problem of problems) say(problem);
  return problems.length === 0;
}

/** For the scripts that cannot go on without. */
export function prepareOrExit(task) {
  if (!prepare(task)) process.exit(1);
}
