// A workspace of a given size, made as people make one: agent files, each approved.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { stop } from "../support/browser.mjs";
import { serve, session } from "../support/host.mjs";

/** Runs a program to its end. */
export const run = promisify(execFile);

/** The environment of a user who has nothing but a home. */
export function environment(folder) {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  return { PATH: process.env.PATH, HOME: home, LANG: "C.UTF-8", CADRE_VAULT: "memory" };
}

const managers = ["engineering", "finance", "hr", "marketing", "operations"];

/** Fills a new workspace up to `members`. Its host was the first start, so whoever opens it next is the second. */
export async function fill(workspace, env, members) {
  const host = await serve(workspace, env);
  try {
    const { call } = await session(host);
    const missing = members - (await call("member.list")).length;
    for (let number = 0; number < missing; number += 1) {
      const department = managers[number % managers.length];
      const name = `bench-${String(number).padStart(4, "0")}`;
      const head = `name: ${name}\ndescription: one of many\nkind: model\nreports_to: ${department}-manager-orchestrator\n`;
      const text = `---\n${head}capabilities: [coding]\n---\n\nDo what the step says.\n`;
      writeFileSync(join(workspace, "agents", department, `${name}.md`), text);
    }
    // A new agent waits for a person.
    for (;;) {
      await call("agent.read");
      const waiting = await call("inbox.list");
      for (const item of waiting) {
        const answer = { item: item.id, decision: "approve", text: null, action_hash: item.action_hash, content: null };
        await call("inbox.decide", answer);
      }
      const now = (await call("member.list")).length;
      if (now >= members) return now;
      if (waiting.length === 0) throw new Error(`${now} of ${members} members, and nobody waits`);
    }
  } finally {
    await stop(host.child);
  }
}

/** Waits until no host has it: a window that was told to close is the host until it has. */
export const closed = (workspace) => run("flock", ["-w", "20", join(workspace, ".cadre", "cadre.lock"), "true"]);

/** The middle value; of two, the greater. */
export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The value that a share of all does not exceed. */
export const percentile = (values, share) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.ceil(values.length * share) - 1)];

export const rounded = (value) => Number(value.toFixed(1));
