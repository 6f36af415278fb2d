// `cadre serve` and a real browser, as a person uses them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright";
import { binDir } from "./cadre.mjs";

const ui = join(import.meta.dirname, "..", "..", "ui", "dist");

/** Starts the host on a workspace below `folder` and waits for the link that it prints. */
export function serve(folder, more = {}) {
  assert.ok(existsSync(join(ui, "index.html")), `no built interface in ${ui}: run \`npm run ui:build\` first`);
  const child = spawn(join(binDir, "cadre"), ["serve", "--workspace", join(folder, "workspace"), "--ui", ui], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_STATE_HOME: join(folder, "state"), XDG_DATA_HOME: join(folder, "data"), CADRE_VAULT: "memory", ...more },
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`cadre serve ended with ${code}: ${errors}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve({ server: child, link: line.trim() }));
  });
}

/** Ends the host as Ctrl+C does, and waits for it. */
export async function stop(server) {
  if (!server || server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGINT");
  await ended;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CADRE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
