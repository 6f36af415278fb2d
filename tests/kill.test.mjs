// `kill -9` around ledger entries of the demo, then `cadre run --resume`: what was finished stays finished and runs
// once, what was under way goes on, and the record verifies. Dev builds end themselves at CADRE_CRASH_AT.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { sha256, smallRepository, treeState } from "./support/folders.mjs";
import { count, recordedFunctions } from "./support/functions.mjs";
import { readDatabase } from "./support/sqlite.mjs";

/** Which function agent carries a step out. */
const agents = {
  scout: "repository-scout",
  audit: "dependency-auditor",
  history: "git-historian",
  report: "report-writer",
};
const reports = ["health-report.html", "health-report.md"];
const pointsSpread = 16;

/** What the record says, read without the programs under test; null before there is one. */
function recorded(workspace) {
  const file = join(workspace, ".cadre", "cadre.sqlite");
  if (!existsSync(file)) return null;
  const database = readDatabase(file);
  const ledger = database.rows("ledger");
  return {
    bodies: ledger.map((entry) => entry.body.toString("utf8")),
    kinds: ledger.map((entry) => JSON.parse(entry.body.toString("utf8")).kind),
    finished: database.rows("steps").filter((step) => step.status === "completed").map((step) => step.id),
    runs: database.rows("runs"),
    effects: database.rows("effects"),
  };
}

const stepOf = (effect) => effect.run.split("/").at(-2);

function setUp(t) {
  const folder = temporaryFolder(t, "kill");
  const repository = smallRepository(join(folder, "repository"));
  const functions = recordedFunctions(t, join(folder, "functions"));
  const env = userEnv(join(folder, "home"), functions.env);
  const demo = (workspace, crashAt) =>
    cadre(["demo", repository, "--yes", "--json", "--workspace", workspace], { ...env, ...crash(crashAt) });
  const resume = (workspace, crashAt) =>
    cadre(["run", "--resume", "--yes", "--json", "--workspace", workspace], { ...env, ...crash(crashAt) });
  return { folder, repository, functions, env, demo, resume };
}

const crash = (point) => (point ? { CADRE_CRASH_AT: point } : {});

function assertKilled(ran, point) {
  assert.equal(ran.signal, "SIGKILL", `${point} is reached, and nothing is left to clean up: ${ran.stderr}`);
  assert.equal(ran.stdout, "", "nothing was reported as done");
}

/** The result of an undisturbed demo, whatever happened on the way. */
function assertWhole(ran, workspace) {
  assert.equal(ran.code, 0, `it completes: ${ran.stdout}${ran.stderr}`);
  const result = jsonLine(ran);
  assert.equal(result.status, "completed", "the project is done");
  assert.equal(result.ledger.verified, true, "the record verifies");
  assert.deepEqual(
    result.steps.map((step) => [step.id, step.status]),
    Object.keys(agents).map((id) => [id, "completed"]),
    "every step is done",
  );
  assert.deepEqual(result.artifacts.map((artifact) => basename(artifact.path)).sort(), reports, "both reports are there");
  for (const { path, sha256: stated } of result.artifacts) {
    assert.equal(sha256(path), stated, `${path} is what its step wrote`);
  }
  const record = recorded(workspace);
  assert.equal(result.ledger.entries, record.bodies.length, "all entries were looked at");
  assert.deepEqual([...new Set(record.effects.map((effect) => effect.status))], ["done"], "no effect is left open");
  const writes = record.effects.filter((effect) => effect.class === "write").length;
  assert.equal(writes, reports.length, "each file was written by one effect");
  return { result, record };
}

/** Nothing that was finished before the kill was done again, and nothing of the record was lost. */
function assertOnce(before, startsBefore, after, startsAfter) {
  const { result, record } = after;
  assert.deepEqual(record.bodies.slice(0, before.bodies.length), before.bodies, "what was recorded stays as it was");
  for (const step of before.finished) {
    assert.equal(result.steps.find((it) => it.id === step).runs, 1, `${step} had finished and has one run`);
    assert.equal(record.runs.filter((run) => run.step === step).length, 1, `${step} has one run on record`);
  }
  const programs = before.effects.filter((effect) => effect.class === "run");
  for (const [step, agent] of Object.entries(agents)) {
    const known = programs.find((effect) => stepOf(effect) === step);
    const [earlier, all] = [count(startsBefore, agent), count(startsAfter, agent)];
    if (known?.status === "done") {
      assert.equal(all, earlier, `${agent} was recorded as done and does not start again`);
      assert.equal(earlier, 1, `${agent} had started once`);
    } else if (known) {
      assert.ok(all >= 1 && all <= 2, `${agent} was cut off and starts again, once: it started ${all} times`);
    } else {
      assert.equal(all, 1, `${agent} had not been intended: it starts once`);
    }
  }
}

/** Around the first and the last entry of each kind, and evenly over all; before and after. */
function pointsOver(kinds) {
  const ends = [...new Set(kinds)].flatMap((kind) => [kinds.indexOf(kind) + 1, kinds.lastIndexOf(kind) + 1]);
  const spread = Array.from({ length: pointsSpread }, (_, index) => Math.ceil(((index + 1) * kinds.length) / pointsSpread));
  const entries = [...new Set([...ends, ...spread])].sort((one, other) => one - other);
  return entries.flatMap((entry) => ["before", "after"].map((when) => ({ when, entry, name: `${when}:${entry}` })));
}

test("a demo that is killed anywhere completes after a resume, and nothing finished runs twice", async (t) => {
  const { folder, repository, functions, demo, resume, env } = setUp(t);
  const untouched = treeState(repository);
  const undisturbed = assertWhole(await demo(join(folder, "undisturbed")), join(folder, "undisturbed"));
  const { kinds } = undisturbed.record;
  for (const agent of functions.names) assert.equal(count(functions.starts(), agent), 1, `${agent} starts once`);
  const request = kinds.indexOf("request.filed") + 1;
  const points = pointsOver(kinds);
  const phases = ["member.saved", "request.filed", "plan.drafted", "plan.approved", "run.started", "effect.intended",
    "effect.settled", "task.parked", "decision.made", "run.finished", "checkpoint", "project.status"];
  assert.deepEqual(phases.filter((kind) => !kinds.includes(kind)), [], "the demo passes through each phase");
  assert.ok(points.length >= 20, `only ${points.length} points`);
  t.diagnostic(`${points.length} points over ${kinds.length} entries, of ${new Set(kinds).size} kinds`);

  let killed = 0;
  for (const { when, entry, name } of points) {
    await t.test(`killed ${when} entry ${entry} (${kinds[entry - 1]})`, async () => {
      const workspace = join(folder, name.replace(":", "-"));
      const since = functions.starts().length;
      const starts = () => functions.starts().slice(since);
      const ran = await demo(workspace, name);
      if (ran.code === 0) {
        // How often a project's status changes depends on timing, so a run may need fewer entries than the first.
        const { record } = assertWhole(ran, workspace);
        assert.ok(record.kinds.length < entry, `entry ${entry} was written, so the crash point was reached`);
        return;
      }
      assertKilled(ran, name);
      killed += 1;
      const before = recorded(workspace);
      const startsBefore = starts();
      if (when === "after") assert.ok(before.bodies.length >= entry, `entry ${entry} was committed and is there`);
      else assert.ok((before?.bodies.length ?? 0) < entry, `entry ${entry} was not committed and is not there`);

      const resumed = await resume(workspace);
      if ((before?.bodies.length ?? 0) < request) {
        assert.equal(resumed.code, 1, "nothing was asked for yet, so there is nothing to resume");
        assert.deepEqual(jsonLine(resumed), { status: "nothing" }, "and it says so");
        assert.deepEqual(starts(), [], "nothing was started");
      } else {
        assertOnce(before, startsBefore, assertWhole(resumed, workspace), starts());
      }
      const verified = await cadre(["verify", "--json", "--workspace", workspace], env);
      assert.equal(verified.code, 0, `the record verifies: ${verified.stdout}${verified.stderr}`);
    });
  }
  assert.ok(killed >= points.length - 8 && killed >= 20, `only ${killed} of ${points.length} points were reached`);
  assert.deepEqual(treeState(repository), untouched, "the reviewed folder is as it was");
});

test("a demo that is killed again and again gets there all the same", async (t) => {
  const { folder, functions, demo, resume } = setUp(t);
  const workspace = join(folder, "workspace");
  // The first point is behind the plan; each further one a few entries behind what the last attempt reached.
  let point = 48;
  let ran = await demo(workspace, `after:${point}`);
  let kills = 0;
  while (ran.signal === "SIGKILL") {
    kills += 1;
    const reached = recorded(workspace).bodies.length;
    assert.ok(reached >= point, `attempt ${kills} got as far as entry ${point}`);
    point = reached + 9;
    ran = await resume(workspace, `after:${point}`);
  }
  assert.ok(kills >= 5, `it was killed only ${kills} times`);
  t.diagnostic(`killed ${kills} times`);
  const { result } = assertWhole(ran, workspace);
  assert.deepEqual(result.steps.map((step) => step.runs), [1, 1, 1, 1], "an attempt that is resumed is no new run");
  for (const agent of functions.names) assert.ok(count(functions.starts(), agent) >= 1, `${agent} did its work`);
});

test("a crash point that is never reached changes nothing", async (t) => {
  const { folder, demo } = setUp(t);
  const ran = await demo(join(folder, "workspace"), "after:100000");
  assertWhole(ran, join(folder, "workspace"));
  assert.equal(readFileSync(join(folder, "workspace", ".cadre", "cadre.sqlite")).subarray(0, 15).toString(), "SQLite format 3");
});
