// Folders to review, and proof that nobody changed them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const gitEnv = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.invalid",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.invalid",
};

export function git(folder, ...args) {
  return execFileSync("git", args, { cwd: folder, env: gitEnv, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

export function writeFiles(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

/** A repository small enough that reviewing it takes no time, with something for each reviewer to find. */
export function smallRepository(folder) {
  mkdirSync(folder, { recursive: true });
  writeFiles(folder, {
    "README.md": "# Small\n",
    "src/main.rs": "fn main() {}\n",
    "package.json": `${JSON.stringify({ name: "small", version: "1.0.0", dependencies: { left: "^1.0.0" } })}\n`,
  });
  git(folder, "init", "--quiet", "--initial-branch=main");
  git(folder, "add", ".");
  git(folder, "commit", "--quiet", "-m", "Begin");
  writeFiles(folder, { "src/main.rs": "fn main() { println!(); }\n" });
  git(folder, "commit", "--quiet", "-a", "-m", "Go on");
  return folder;
}

/** Everything about a tree that reading it leaves alone: names, kinds, modes, times of change, contents. */
export function treeState(folder) {
  const state = [];
  const visit = (path, name) => {
    const stat = lstatSync(path);
    const kind = stat.isDirectory() ? "folder" : stat.isSymbolicLink() ? "link" : "file";
    const content = kind === "file" ? readFileSync(path) : kind === "link" ? readlinkSync(path) : "";
    const hash = createHash("sha256").update(content).digest("hex");
    state.push(`${name.toString("latin1")} ${kind} ${stat.mode.toString(8)} ${stat.mtimeMs} ${hash}`);
    if (kind !== "folder") return;
    const names = readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare);
    for (const child of names) {
      const below = (parent) => Buffer.concat([parent, Buffer.from("/"), child]);
      visit(below(path), below(name));
    }
  };
  visit(Buffer.from(folder), Buffer.alloc(0));
  return state;
}

export const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
