// What an idle host costs: the memory of `cadre serve` after a minute without work, and the processor time that it takes
// in the minute after that.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { stop } from "../support/browser.mjs";
import { serve } from "../support/host.mjs";
import { rounded } from "./workspace.mjs";

const idleSeconds = Number(process.env.IDLE ?? 60);
const limits = { resident_mb: 120, cpu_ms: 60 };

/** Memory and processor time of a process, as the kernel counts them. */
function measured(pid) {
  const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  // Nanoseconds on the processor, over all threads: finer than the ticks of /proc/<pid>/stat.
  const threads = execFileSync("sh", ["-c", `cat /proc/${pid}/task/*/schedstat`], { encoding: "utf8" });
  const nanoseconds = threads.trim().split("\n").reduce((sum, line) => sum + Number(line.split(" ")[0]), 0);
  return { resident_mb: (kib * 1024) / 1e6, cpu_ms: nanoseconds / 1e6 };
}

export async function idle({ workspace, env, ui }) {
  const { child } = await serve(workspace, env, ui);
  try {
    await wait(idleSeconds * 1000);
    const before = measured(child.pid);
    await wait(idleSeconds * 1000);
    const after = measured(child.pid);
    const figures = {
      idle_seconds: idleSeconds,
      resident_mb: rounded(after.resident_mb),
      cpu_ms: rounded(after.cpu_ms - before.cpu_ms),
    };
    const within = figures.resident_mb < limits.resident_mb && figures.cpu_ms <= limits.cpu_ms;
    return { figures, limits, within };
  } finally {
    await stop(child);
  }
}
