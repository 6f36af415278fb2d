// The files that belong to the project: tracked, or new and not ignored, so that a check speaks before the commit.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { read } from "./commands.mjs";
import { root } from "./places.mjs";

export function trackedFiles() {
  const listed = read("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  if (listed === null) throw new Error("git cannot list the files: the checks need a git checkout");
  // A tracked file that was just deleted is still listed.
  return [...new Set(listed.split("\0"))].filter((path) => path && existsSync(join(root, path))).sort();
}

/** Binary files give an empty text: there is nothing in them to check. */
export function textOf(path) {
  const bytes = readFileSync(join(root, path));
  return bytes.includes(0) ? "" : bytes.toString("utf8");
}
