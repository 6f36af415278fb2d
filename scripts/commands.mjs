// Starting other programs: to look at their output, or to hand them the terminal.
import { spawn, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { commandEnv, root } from "./places.mjs";

// npm and npx are scripts on Windows, which Node starts only through a shell.
const needsShell = (program) => process.platform === "win32" && (program === "npm" || program === "npx");

/** Runs to the end and returns what it printed on standard output, or null if it failed or is not there. */
export function read(program, args) {
  const result = spawnSync(program, args, {
    cwd: root,
    env: commandEnv(),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 256 * 1024 * 1024,
    shell: needsShell(program),
  });
  return result.status === 0 ? result.stdout : null;
}

/** Runs with everything it prints on our standard error, so that our standard output stays the caller's. */
export function runToStderr(program, args, env = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    env: { ...commandEnv(), ...env },
    stdio: ["ignore", 2, 2],
    shell: needsShell(program),
  });
  if (result.error) throw new Error(`${program} does not start: ${result.error.message}`);
  return exitCode(result.status, result.signal);
}

/** Hands our terminal to a program and ends as it ends. */
export function becomeProgram(program, args) {
  const child = spawn(program, args, { env: commandEnv(), stdio: "inherit" });
  // The terminal sends these to the program as well: it decides what to do, and we end when it does.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => signal !== "SIGINT" && child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`${program} does not start: ${error.message}`);
    process.exit(127);
  });
  child.on("exit", (code, signal) => process.exit(exitCode(code, signal)));
}

/** The exit code as a shell reports it: 128 and the signal's number for a program that a signal ended. */
export function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}
