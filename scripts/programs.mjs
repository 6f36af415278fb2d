// The programs that ship: the CLI, the two that it starts from its own folder, and the desktop shell.
import { runToStderr } from "./commands.mjs";

const packages = ["cadre-cli", "cadre-functions", "cadre-exec"];

/** The names of what those build, which has to lie in the folder of the desktop shell's program. */
export const besideTheWindow = ["cadre", "cadre-functions", "cadre-exec"];

/** In CI the lock file is the truth; at a desk cargo may complete it for a dependency just added. */
export const locked = process.env.CI ? ["--locked"] : [];

export const buildArgs = ["build", ...locked, ...packages.flatMap((name) => ["-p", name])];

export function buildPrograms() {
  return runToStderr("cargo", buildArgs) === 0;
}

/** With the window, which has the built interface inside. At once, so that nothing is built twice in two variants. */
export const shellArgs = [...buildArgs, "-p", "cadre-desktop"];

export function buildShell() {
  return runToStderr("npm", ["run", "ui:build"]) === 0 && runToStderr("cargo", shellArgs) === 0;
}
