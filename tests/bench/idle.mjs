// What an idle host costs: `cadre serve` on a workspace of 1,000 agents, its memory after 60 seconds without work and
// the processor time that it takes in the 60 seconds after that. Prints one line of JSON; exit code 1 over a limit.
//
//   node tests/bench/idle.mjs [folder of the release programs]
//   AGENTS and IDLE (seconds) make it smaller for a try.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const agents = Number(process.env.AGENTS ?? 1000);
const idleSeconds = Number(process.env.IDLE ?? 60);
const limits = { resident_mb: 120, cpu_ms: 60 };

const programs = process.argv[2] ?? join(homedir(), ".cache", "cadre", "target", "release");
const cadre = join(programs, "cadre");

/** Memory and processor time of a process, as the kernel counts them. */
function measured(pid) {
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  // The name in the second field may hold spaces and brackets, so fields count from the last bracket.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const perSecond = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  // Finer than ticks: nanoseconds on the processor, over all threads.
  const threads = execFileSync("sh", ["-c", `cat /proc/${pid}/task/*/schedstat`], { encoding: "utf8" });
  const nanoseconds = threads.trim().split("\n").reduce((sum, line) => sum + Number(line.split(" ")[0]), 0);
  return { resident_mb: (kib * 1024) / 1e6, ticks_ms: (ticks * 1000) / perSecond, cpu_ms: nanoseconds / 1e6 };
}

/** Starts `cadre serve`; resolves once it has printed its link. */
function serve(workspace, env) {
  const child = spawn(cadre, ["serve", "--json", "--workspace", workspace], { env, stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.stdout.once("data", () => resolve(child));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`cadre serve ended with ${code}`)));
  });
}

async function stop(child) {
  child.removeAllListeners("exit");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

/** What `cadre` prints as JSON. */
function asked(workspace, env, ...args) {
  const text = execFileSync(cadre, [...args, "--json", "--workspace", workspace], { env, encoding: "utf8", maxBuffer: 1e8 });
  return JSON.parse(text);
}

/** Writes the agent files, has a host take them over, and approves each: a new agent waits for a person. */
async function fill(workspace, env) {
  asked(workspace, env, "member", "list"); // makes the workspace
  const folder = join(workspace, "agents", "engineering");
  for (let number = 0; number < agents; number += 1) {
    const name = `bench-${String(number).padStart(4, "0")}`;
    const text = `---\nname: ${name}\ndescription: one of many\nkind: model\nreports_to: engineering-manager-orchestrator\n`;
    writeFileSync(join(folder, `${name}.md`), `${text}capabilities: [coding]\n---\n\nDo what the step says.\n`);
  }
  const host = await serve(workspace, env);
  asked(workspace, env, "agents");
  let waiting;
  while ((waiting = asked(workspace, env, "status").inbox).length > 0) {
    for (const { id, action_hash: hash } of waiting) asked(workspace, env, "approve", id, "--hash", hash);
  }
  await stop(host);
  return asked(workspace, env, "member", "list").members.length;
}

const root = mkdtempSync(join(tmpdir(), "cadre-idle-"));
try {
  const workspace = join(root, "workspace");
  const home = join(root, "home");
  mkdirSync(home);
  const env = { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8" };
  const members = await fill(workspace, env); // its host was the first start; the second is what is measured
  const host = await serve(workspace, env);
  await wait(idleSeconds * 1000);
  const before = measured(host.pid);
  await wait(idleSeconds * 1000);
  const after = measured(host.pid);
  await stop(host);
  const figures = {
    members,
    idle_seconds: idleSeconds,
    resident_mb: Number(after.resident_mb.toFixed(1)),
    cpu_ms: Number((after.cpu_ms - before.cpu_ms).toFixed(1)),
    cpu_ticks_ms: after.ticks_ms - before.ticks_ms,
    limits,
  };
  const within = members > agents && figures.resident_mb < limits.resident_mb && figures.cpu_ms <= limits.cpu_ms;
  console.log(JSON.stringify({ ...figures, within }));
  process.exitCode = within ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
