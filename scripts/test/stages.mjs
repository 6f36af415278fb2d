// Runs the stages of `npm test` one after another, each with its log, its time and a limit.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { exitCode } from "../commands.mjs";
import { commandEnv, resultsDir, root } from "../places.mjs";
import { withoutColours } from "./counts.mjs";

const limitMinutes = 40; // A stage that takes longer hangs: CI as a whole has 90 minutes.
const graceSeconds = 15;
const signOfLifeSeconds = 60;
const tailLines = process.env.CI ? 200 : 60; // Nobody can open the log of a CI run afterwards.

function stageEnv(extra) {
  const env = { ...commandEnv(), CARGO_TERM_COLOR: "never", CARGO_TERM_PROGRESS_WHEN: "never", NO_COLOR: "1", ...extra };
  delete env.FORCE_COLOR; // It would win over NO_COLOR, and a log is read without a terminal.
  return env;
}

let running = null;

function signalGroup(child, signal) {
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/**
 * Asks first: nextest starts each test in a group of its own, which only it can end, and it gives them ten seconds.
 */
function endGroup(child) {
  signalGroup(child, "SIGTERM");
  setTimeout(() => signalGroup(child, "SIGKILL"), graceSeconds * 1000).unref();
}

/** Ctrl-C ends what a stage has started, then us; a second one does not wait for it. */
export function endWithUs() {
  let ending = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      const code = exitCode(null, signal);
      if (!running) process.exit(code);
      if (ending) signalGroup(running, "SIGKILL");
      running.once("close", () => process.exit(code));
      ending = true;
      endGroup(running);
    });
  }
}

function runToLog(command, logPath, env) {
  return new Promise((resolve) => {
    const log = createWriteStream(logPath);
    const [program, ...args] = command;
    log.write(`$ ${command.join(" ")}\n`);
    const child = spawn(program, args, {
      cwd: root,
      env: stageEnv(env),
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      shell: process.platform === "win32" && program === "npm",
    });
    running = child;
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });

    const began = Date.now();
    let tooLong = false;
    const sign = setInterval(() => {
      console.log(`       … ${Math.round((Date.now() - began) / 1000)} s`);
    }, signOfLifeSeconds * 1000);
    const limit = setTimeout(() => {
      tooLong = true;
      endGroup(child);
    }, limitMinutes * 60_000);

    const finish = (code, note) => {
      clearInterval(sign);
      clearTimeout(limit);
      running = null;
      if (note) log.write(`${note}\n`);
      log.end(() => resolve(code));
    };
    child.on("error", (error) => finish(127, `${program} does not start: ${error.message}`));
    child.on("close", (code, signal) =>
      finish(exitCode(code, signal), tooLong ? `ended: it took longer than ${limitMinutes} minutes` : null),
    );
  });
}

function tail(text) {
  const lines = withoutColours(text).trimEnd().split("\n");
  return lines.slice(-tailLines).map((line) => `       | ${line}`).join("\n");
}

/**
 * A stage is {name, command, counts?, needs?, env?}: `counts` reads the runner's closing lines, and a runner
 * without any has run no test, which is a failure; `needs` names a stage without which this one means nothing.
 * Returns {name, state: "ok" | "FAILED" | "not run", seconds, counts, note}.
 */
export async function runStage(stage, earlier) {
  const unmet = stage.needs && earlier.find((result) => result.name === stage.needs && result.state !== "ok");
  if (unmet) {
    console.log(`not run  ${stage.name}: it needs ${unmet.name}`);
    return { name: stage.name, state: "not run", seconds: 0, counts: null, note: `needs ${unmet.name}` };
  }
  mkdirSync(resultsDir, { recursive: true });
  const logPath = join(resultsDir, `${stage.name.replaceAll(/[^a-z0-9]+/gi, "-")}.log`);
  const began = Date.now();
  console.log(`         ${stage.name}`);
  const code = await runToLog(stage.command, logPath, stage.env);
  const seconds = (Date.now() - began) / 1000;
  const output = readFileSync(logPath, "utf8");
  const counts = stage.counts ? stage.counts(output) : null;
  const ranNothing = stage.counts && !counts;
  const ok = code === 0 && !ranNothing;
  const note = describe(code, counts, ranNothing);
  console.log(`${ok ? "ok      " : "FAILED  "} ${stage.name}  ${seconds.toFixed(1)} s${note ? `  (${note})` : ""}`);
  if (!ok) {
    console.log(tail(output));
    console.log(`       the whole log: ${relative(root, logPath)}`);
  }
  return { name: stage.name, state: ok ? "ok" : "FAILED", seconds, counts, note };
}

function describe(code, counts, ranNothing) {
  if (counts) {
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
  }
  if (code !== 0) return `exit code ${code}`;
  return ranNothing ? "it reported no tests" : "";
}

/** The table at the end; its last line is the sum of all runners. */
export function summary(results) {
  const width = Math.max(...results.map((result) => result.name.length));
  const rows = results.map((result) =>
    `${result.state.padEnd(7)}  ${result.name.padEnd(width)}  ${result.seconds.toFixed(1).padStart(7)} s  ${result.note}`.trimEnd(),
  );
  const total = results.reduce((sum, result) => sum + result.seconds, 0);
  const sum = (key) => results.reduce((all, result) => all + (result.counts?.[key] ?? 0), 0);
  const bad = results.filter((result) => result.state !== "ok").map((result) => result.name);
  return [
    ...rows,
    `${"".padEnd(7)}  ${"total".padEnd(width)}  ${total.toFixed(1).padStart(7)} s`,
    bad.length === 0 ? "Every stage passed." : `Not passed: ${bad.join(", ")}`,
    `${sum("passed")} passed, ${sum("failed")} failed`,
  ].join("\n");
}
