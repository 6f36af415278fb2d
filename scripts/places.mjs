// Where things lie: the checkout, and the build output outside it.
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const resultsDir = join(root, "tests", ".results");

/** The per-user cache folder of Cadre's builds, by the convention of each system. */
function cacheDir(env, platform) {
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "cadre");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "cadre");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cadre");
}

/** Cargo's output. Outside the checkout, so that a fresh clone on the same machine builds warm. */
export function targetDir(env = process.env, platform = process.platform) {
  return env.CARGO_TARGET_DIR || join(cacheDir(env, platform), "target");
}

export function cargoBinDir(env = process.env) {
  return join(env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
}

/** The environment of every command that we start: cargo found, and its output in one place. */
export function commandEnv(env = process.env) {
  const bin = cargoBinDir(env);
  const path = (env.PATH ?? "").split(delimiter);
  return {
    ...env,
    PATH: path.includes(bin) ? env.PATH : [...path, bin].join(delimiter),
    CARGO_TARGET_DIR: targetDir(env),
  };
}

/** A program that cargo built with the dev profile. */
export function builtProgram(name) {
  return join(targetDir(), "debug", process.platform === "win32" ? `${name}.exe` : name);
}
