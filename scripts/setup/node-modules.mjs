// Front-end packages, installed from the lock file when that has changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runToStderr } from "../commands.mjs";
import { root } from "../places.mjs";

const lockPath = join(root, "package-lock.json");
// npm ci empties node_modules, so a stamp in it never outlives what it describes.
const stampPath = join(root, "node_modules", ".cadre-stamp");

/** What the installed packages depend on: the lock file, and the platform that native parts were chosen for. */
export function stampOf(lock, { platform, arch, versions }) {
  const node = versions.node.split(".")[0];
  return createHash("sha256").update(`${platform} ${arch} node${node}\n`).update(lock).digest("hex");
}

export function installNodeModules(say) {
  if (!existsSync(lockPath)) {
    return ["package-lock.json is missing: a checkout has it. To make it anew: npm install"];
  }
  const stamp = stampOf(readFileSync(lockPath), process);
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return [];
  say("Installing front-end packages: npm ci");
  // The level is named because `npm run --silent` hands its silence down, also about errors.
  if (runToStderr("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=warn"]) !== 0) {
    return ["npm ci failed; its own words are above. If package.json was edited by hand, run: npm install"];
  }
  writeFileSync(stampPath, stamp);
  return [];
}
