// The programs that ship without a window: the CLI, and the two that it starts from its own folder.
import { runToStderr } from "./commands.mjs";

const packages = ["cadre-cli", "cadre-functions", "cadre-exec"];

/** In CI the lock file is the truth; at a desk cargo may complete it for a dependency just added. */
export const locked = process.env.CI ? ["--locked"] : [];

export const buildArgs = ["build", ...locked, ...packages.flatMap((name) => ["-p", name])];

export function buildPrograms() {
  return runToStderr("cargo", buildArgs) === 0;
}
