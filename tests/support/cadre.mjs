// Starting the programs as they ship, in an environment that holds nothing of the machine's user.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** `npm test` says where the programs are; alone, a test takes those of the default build folder. */
export const binDir = process.env.CADRE_BIN_DIR || join(homedir(), ".cache", "cadre", "target", "debug");

const program = join(binDir, "cadre");
if (!existsSync(program)) {
  throw new Error(`there is no ${program}; build the programs, or name their folder in CADRE_BIN_DIR`);
}

/** A folder that is gone when the test is over, even where a test took its own rights away. */
export function temporaryFolder(test, name) {
  const folder = mkdtempSync(join(tmpdir(), `cadre-${name}-`));
  test.after(() => {
    makeWritable(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

function makeWritable(folder) {
  chmodSync(folder, 0o700);
  for (const entry of readdirSync(folder, { withFileTypes: true, encoding: "buffer" })) {
    const path = Buffer.concat([Buffer.from(folder), Buffer.from("/"), entry.name]);
    if (entry.isDirectory()) makeWritable(path);
  }
}

/** The environment of one user of Cadre, whose home is `home`. */
export function userEnv(home, more = {}) {
  mkdirSync(home, { recursive: true });
  return { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", TMPDIR: process.env.TMPDIR ?? tmpdir(), ...more };
}

/** A demo of a small folder takes a second; what takes this long has stopped going on. */
const limitSeconds = 30;

/** Runs `cadre` to its end, without a terminal, with `input` to read. Gives {code, signal, stdout, stderr}. */
export function cadre(args, env, cwd, input) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
    child.stdin?.on("error", () => {}); // a program that refuses at once does not read
    child.stdin?.end(input);
    let hangs = false;
    const limit = setTimeout(() => {
      hangs = true;
      child.kill("SIGKILL");
    }, limitSeconds * 1000);
    const out = { stdout: [], stderr: [] };
    child.stdout.on("data", (chunk) => out.stdout.push(chunk));
    child.stderr.on("data", (chunk) => out.stderr.push(chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(limit);
      const text = (chunks) => Buffer.concat(chunks).toString("utf8");
      const said = `it said: ${text(out.stdout)}${text(out.stderr)}`;
      if (hangs) reject(new Error(`cadre ${args[0]} does not end within ${limitSeconds} s; ${said}`));
      else resolve({ code, signal, stdout: text(out.stdout), stderr: text(out.stderr) });
    });
  });
}

/** What was printed with --json: exactly one line. */
export function jsonLine(ran) {
  const lines = ran.stdout.split("\n");
  if (lines.length !== 2 || lines[1] !== "") {
    throw new Error(`standard output is one line of JSON, not: ${JSON.stringify(ran.stdout)}\n${ran.stderr}`);
  }
  return JSON.parse(lines[0]);
}
