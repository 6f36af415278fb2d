// What the interface is promised to take, measured on release programs: `npm run bench`, or with the names of some.
// Prints a line of JSON for each and one for all; exit code 1 if one is over its limit.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { chart } from "./chart.mjs";
import { eventToScreen } from "./event-to-screen.mjs";
import { firstPaint } from "./first-paint.mjs";
import { idle } from "./idle.mjs";
import { size } from "./size.mjs";
import { stop } from "../support/browser.mjs";
import { serve, session } from "../support/host.mjs";
import { environment, fill } from "./workspace.mjs";

const benchmarks = { size, "first-paint": firstPaint, "event-to-screen": eventToScreen, chart, idle };
const AGENTS = Number(process.env.AGENTS ?? 1000);
const REQUESTS = 12;
const root = join(import.meta.dirname, "..", "..");

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in benchmarks));
if (unknown.length > 0) {
  console.error(`no benchmark ${unknown.join(", ")}; there are ${Object.keys(benchmarks).join(", ")}`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), "cadre-bench-"));
try {
  const env = environment(folder);
  const workspace = join(folder, "workspace");
  const ui = join(root, "ui", "dist");
  const members = await fill(workspace, env, AGENTS + 1);
  await ask(workspace, env);
  const { Desktop } = await import("../support/desktop.mjs");
  const place = { Desktop, folder, workspace, env, ui, times: Number(process.env.TIMES ?? 10) };
  const over = [];
  for (const [name, measure] of Object.entries(benchmarks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const result = await measure(place);
    console.log(JSON.stringify({ benchmark: name, ...result }));
    if (!result.within) over.push(name);
  }
  const revision = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
  const machine = `${cpus()[0].model}, ${availableParallelism()} cores`;
  console.log(JSON.stringify({ revision, machine, members, falls_short: over }));
  process.exitCode = over.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** Something for Home to show. */
async function ask(workspace, env) {
  const host = await serve(workspace, env);
  const { call } = await session(host);
  for (let number = 0; number < REQUESTS; number += 1) {
    await call("request.file", { text: `Thank customer ${number} for the order`, folder: null, attachments: [] });
  }
  await stop(host.child);
}
