// The shipped function agents, each of whose starts is written down before it does anything.
import { execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binDir } from "./cadre.mjs";

const names = ["repository-scout", "dependency-auditor", "git-historian", "report-writer"];

// A confined program can write nowhere, but it may read its own folder. Its wrapper reads from a pipe there: opening
// it wakes a recorder outside, which writes the name into the side file and only then lets the wrapper go on. The
// recorder's `yes` ends when the wrapper closes the pipe, so one start is one line, however a start ends.
const wrapper = `#!/bin/sh
here=\${0%/*}
read -r _ < "$here/starts/$1" && exec "$here/cadre-functions.real" "$@"
`;
const recorder = 'while :; do (echo "$1" >> "$2"; exec yes) > "$3" 2> /dev/null; done';

/** Gives {env, starts()}: the environment that makes Cadre use them, and the names of all starts so far. */
export function recordedFunctions(test, folder) {
  const starts = join(folder, "starts");
  const sideFile = join(folder, "side-file");
  mkdirSync(starts, { recursive: true });
  copyFileSync(join(binDir, "cadre-functions"), join(folder, "cadre-functions.real"));
  writeFileSync(join(folder, "cadre-functions"), wrapper, { mode: 0o755 });
  for (const name of names) {
    const pipe = join(starts, name);
    execFileSync("mkfifo", [pipe]);
    const child = spawn("sh", ["-c", recorder, "sh", name, sideFile, pipe], { stdio: "ignore", detached: true });
    test.after(() => process.kill(-child.pid, "SIGKILL"));
  }
  const lines = () => (existsSync(sideFile) ? readFileSync(sideFile, "utf8").trim().split("\n") : []);
  return { names, env: { CADRE_FUNCTIONS: folder }, starts: lines };
}

/** How often `name` is among `starts`. */
export const count = (starts, name) => starts.filter((start) => start === name).length;
