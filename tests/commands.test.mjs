// What a person does to work from the terminal: taking back, holding, ending, refining; and what becomes of errors.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { binDir, cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { smallRepository } from "./support/folders.mjs";
import { readDatabase } from "./support/sqlite.mjs";

function setUp(t, more = {}) {
  const folder = temporaryFolder(t, "commands");
  const workspace = join(folder, "workspace");
  const home = join(folder, "home");
  const env = userEnv(home, more);
  const reviewed = smallRepository(join(folder, "reviewed"));
  const run = (...args) => cadre([...args, "--workspace", workspace], env);
  const crash = (at, ...args) => cadre([...args, "--workspace", workspace], { ...env, CADRE_CRASH_AT: at });
  const json = async (...args) => {
    const ran = await run(...args, "--json");
    assert.equal(ran.code, 0, `cadre ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return jsonLine(ran);
  };
  /** What a command is refused with. */
  const refused = async (...args) => {
    const ran = await run(...args, "--json");
    assert.equal(ran.code, 1, `cadre ${args.join(" ")} is refused: ${ran.stdout}${ran.stderr}`);
    return jsonLine(ran).error.code;
  };
  const record = () => readDatabase(join(workspace, ".cadre", "cadre.sqlite"));
  return { folder, workspace, home, env, reviewed, run, crash, json, refused, record };
}

const filesOf = (workspace, project) => readdirSync(join(workspace, "projects", project)).sort();

test("undo lists, takes back one, takes back the rest, and leaves what was changed since", async (t) => {
  const { workspace, reviewed, run, json, refused } = setUp(t);
  const { project } = await json("demo", reviewed, "--yes");
  const { effects } = await json("undo", project);
  assert.equal(effects.length, 2, "both reports can be taken back");
  assert.match((await run("undo", project)).stderr, /Next: cadre undo/, "a person reads how to go on");
  assert.deepEqual(await json("undo", project, "--effect", effects[0].id), { undone: 1 });
  assert.equal(filesOf(workspace, project).length, 1, "one is gone");
  assert.equal(await refused("undo", project, "--effect", effects[0].id), "not_undoable");
  assert.equal(await refused("undo", project, "--effect", "no-such"), "not_found");
  const [left] = filesOf(workspace, project);
  writeFileSync(join(workspace, "projects", project, left), "changed by hand\n");
  assert.equal(await refused("undo", project, "--all"), "not_undoable");
  assert.deepEqual(filesOf(workspace, project), [left], "it is left as it is");
  assert.equal((await json("verify")).verified, true);
});

test("an agent file that was read waits in the Inbox, although no host stays to carry anything on", async (t) => {
  const { workspace, json } = setUp(t);
  await json("status"); // the workspace is there now, and has its agent files
  const file = join(workspace, "agents", "engineering", "code-reviewer.md");
  writeFileSync(file, readFileSync(file, "utf8").replace(/budget_usd: [\d.]+/, "budget_usd: 100"));
  assert.deepEqual((await json("agents")).waiting, ["code-reviewer"]);
  const [item, ...others] = (await json("status")).inbox;
  assert.deepEqual([item.reason, item.widens, others], ["agent_change", ["it may spend more"], []]);
  await json("approve", item.id, "--hash", item.action_hash);
  assert.deepEqual((await json("agents")).waiting, [], "it is live");
});

test("an undo that is killed at any write is ended by the next, and the record verifies", async (t) => {
  const { folder, workspace, home, reviewed, crash, json, record } = setUp(t);
  const { project } = await json("demo", reviewed, "--yes");
  const entries = record().rows("ledger").length;
  const kept = join(folder, "kept");
  for (const from of [workspace, home]) cpSync(from, join(kept, from), { recursive: true });
  // The decision with what it intends, then the outcome; for each of two files.
  for (const at of [2, 3, 5, 6].flatMap((more) => [`before:${entries + more}`, `after:${entries + more}`])) {
    for (const to of [workspace, home]) {
      rmSync(to, { recursive: true });
      cpSync(join(kept, to), to, { recursive: true });
    }
    const killed = await crash(at, "undo", project, "--all");
    assert.equal(killed.signal, "SIGKILL", `${at} is reached: ${killed.stderr}`);
    await json("undo", project, "--all");
    assert.deepEqual(filesOf(workspace, project), [], `${at}: both files are taken back`);
    const left = record().rows("effects").filter((effect) => effect.class === "write").map((effect) => effect.status);
    assert.deepEqual(left, ["undone", "undone"], at);
    assert.equal((await json("verify")).verified, true, at);
  }
});

test("a project is held, goes on, and is ended; stop holds all of them", async (t) => {
  const { reviewed, run, json, refused, record } = setUp(t);
  const waits = await run("demo", reviewed, "--json");
  assert.equal(waits.code, 1, "the plan waits for a person");
  const [{ id }] = record().rows("projects");
  assert.deepEqual(await json("hold", id), { project: id, held: true });
  assert.deepEqual(record().rows("projects").map((it) => it.held), [1]);
  assert.deepEqual(await json("continue", id), { project: id, held: false });
  const done = await json("demo", reviewed, "--yes");
  assert.equal(await refused("hold", done.project), "not_possible");
  assert.equal(await refused("hold", "no-such"), "not_found");
  assert.deepEqual(await json("stop"), { stopped: 0 }, "a plan that is not approved has nothing to stop");
  const unsure = await run("abort", id);
  assert.equal(unsure.code, 1, "what cannot be taken back is not done by a slip");
  assert.match(unsure.stderr, /--yes/);
  assert.deepEqual(await json("abort", id, "--yes"), { aborted: id });
  assert.equal(await refused("abort", id, "--yes"), "not_possible");
  assert.equal((await json("verify")).verified, true);
});

test("a plan is refined in words, and its versions are compared", async (t) => {
  const { reviewed, run, json, refused } = setUp(t);
  const filed = await json("request", "Review this repository and write a health report", "--folder", reviewed);
  const first = await json("plan", filed.id);
  const second = await json("plan", first.project, "--refine", "Look at the tests with care");
  assert.deepEqual([first.version, second.version], [1, 2], "every version stays");
  assert.notEqual(first.hash, second.hash);
  const difference = await json("plan", first.project, "--compare", "1");
  assert.ok(difference.changed.length > 0, `what the words changed is named: ${JSON.stringify(difference)}`);
  const same = await run("plan", first.project, "--compare", "1", "--with", "1");
  assert.match(same.stderr, /are the same/);
  assert.equal(await refused("plan", first.project, "--compare", "7"), "not_found");
  assert.equal(await refused("approve", first.project, "--plan", "1", "--hash", first.hash), "already_decided");
});

test("people and agent files join the organisation, or are refused by name", async (t) => {
  const { workspace, run, json, refused } = setUp(t);
  assert.deepEqual(await json("member", "add", "Sarah", "--role", "Controller", "--department", "finance"), { added: "Sarah" });
  const { members } = await json("member", "list");
  assert.ok(members.some((member) => member.name === "Sarah" && member.kind === "person"));
  assert.equal(await refused("member", "add", "Sarah", "--role", "x", "--department", "finance"), "invalid_input");
  assert.deepEqual(await json("agents"), { saved: [], waiting: [], refused: [] });
  const place = join(workspace, "agents", "engineering");
  writeFileSync(join(place, "fresh.md"), "---\nname: fresh\ndescription: x\nreports_to: ceo-orchestrator\n---\n");
  writeFileSync(join(place, "broken.md"), "---\nname: broken\n---\n");
  const ran = await run("agents", "--json");
  assert.equal(ran.code, 1, "a refused file is a finding");
  const read = jsonLine(ran);
  assert.deepEqual([read.waiting, read.refused.map((it) => it.path)], [["fresh"], ["engineering/broken.md"]]);
  assert.match((await run("agents")).stderr, /refused +engineering\/broken\.md/);
  assert.deepEqual(await json("rules"), { rules: [] });
  assert.equal(await refused("rules", "--end", "no-such"), "already_decided");
  assert.match((await run("undo", "--help")).stdout, /--all/, "help says what there is");
});

/** Function agents of which the scout prints nonsense until `mended` lies beside it. */
function brokenScout(folder) {
  mkdirSync(folder);
  copyFileSync(join(binDir, "cadre-functions"), join(folder, "real"));
  const script = '#!/bin/sh\nhere=${0%/*}\n[ "$1" != repository-scout ] || [ -e "$here/mended" ] || exec echo nonsense\n';
  writeFileSync(join(folder, "cadre-functions"), `${script}exec "$here/real" "$@"\n`, { mode: 0o755 });
  return () => writeFileSync(join(folder, "mended"), "");
}

/** `cadre serve`, until the test is over. */
async function serve(t, workspace, env) {
  const child = spawn(join(binDir, "cadre"), ["serve", "--json", "--workspace", workspace], { env, stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => child.kill("SIGKILL"));
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", () => reject(new Error("cadre serve ended")));
  });
  const stop = () =>
    new Promise((resolve) => {
      child.once("exit", resolve);
      child.kill("SIGTERM");
    });
  return { stop };
}

test("a project that was paused on an error goes on once its question is answered elsewhere", async (t) => {
  const functions = join(temporaryFolder(t, "functions"), "functions");
  const mend = brokenScout(functions);
  const { workspace, env, reviewed, run, json, record } = setUp(t, { CADRE_FUNCTIONS: functions });
  const failed = await run("demo", reviewed, "--yes", "--json");
  assert.equal(failed.code, 1, `a person has to say what next: ${failed.stdout}${failed.stderr}`);
  const host = await serve(t, workspace, env);
  let seen = await json("status");
  for (let look = 0; look < 100 && seen.projects[0].status !== "paused_on_error"; look += 1) seen = await json("status");
  assert.equal(seen.projects[0].status, "paused_on_error", "a failed step that asks pauses its project");
  await host.stop();
  const [question] = seen.inbox.filter((item) => item.reason === "failure");
  mend();
  await json("approve", question.id, "--decision", "retry");
  assert.equal(record().rows("projects")[0].status, "paused_on_error", "recorded, and nobody has carried it on yet");
  const done = await json("run", "--resume", "--yes");
  assert.equal(done.status, "completed");
  assert.equal(done.steps.find((step) => step.id === "scout").runs, 2);
});

test("run takes a held project up through the host that it joins", async (t) => {
  const { workspace, env, reviewed, run, json, record } = setUp(t);
  assert.equal((await run("demo", reviewed, "--json")).code, 1, "the plan waits");
  const [{ id }] = record().rows("projects");
  const plan = record().rows("plans")[0];
  await serve(t, workspace, env);
  await json("hold", id);
  await json("approve", id, "--plan", "1", "--hash", plan.hash);
  assert.deepEqual(record().rows("runs"), [], "it is held, so nothing begins");
  const done = await json("run", id, "--resume", "--yes");
  assert.equal(done.status, "completed", "the host was told to go on, and did");
  assert.ok(existsSync(done.artifacts[0].path));
});
