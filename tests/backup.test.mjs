// Backup and restore from the terminal: with and without a host, killed in the middle, damaged, of somebody else.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { serve, stop } from "./support/browser.mjs";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { smallRepository } from "./support/folders.mjs";

function setUp(t) {
  const folder = temporaryFolder(t, "backup");
  const workspace = join(folder, "workspace");
  const home = join(folder, "home");
  const env = userEnv(home);
  const reviewed = smallRepository(join(folder, "reviewed"));
  const run = (...args) => cadre([...args, "--workspace", workspace], env);
  const crash = (at, ...args) => cadre([...args, "--workspace", workspace], { ...env, CADRE_CRASH_AT: at });
  const json = async (...args) => {
    const ran = await run(...args, "--json");
    assert.equal(ran.code, 0, `cadre ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return jsonLine(ran);
  };
  return { folder, workspace, home, env, reviewed, run, crash, json };
}

const codeOf = (ran) => jsonLine(ran).error.code;

test("a finished project is backed up, lost and put back, and can still be undone", async (t) => {
  const { workspace, reviewed, run, json } = setUp(t);
  const { project } = await json("demo", reviewed, "--yes");
  const { head } = await json("verify");
  const backup = await json("backup");
  assert.match(backup.path, /workspace\/backups\/\d{4}-\d\d-\d\dT\d{6}Z$/);
  assert.equal(backup.head, head, "its head is the record's");
  writeFileSync(join(workspace, ".cadre", "cadre.sqlite"), "overwritten by something else\n");
  for (const rest of ["-wal", "-shm"]) rmSync(join(workspace, ".cadre", `cadre.sqlite${rest}`), { force: true });
  const damaged = await run("verify", "--json");
  assert.deepEqual([damaged.code, codeOf(damaged)], [2, "workspace_damaged"]);
  const asked = await run("restore", backup.path);
  assert.equal(asked.code, 1, "what nobody meant is not done");
  const restored = await json("restore", backup.path, "--yes");
  assert.deepEqual([restored.restored, restored.compared, restored.ledger.verified], [true, "made_here", true]);
  const status = await json("status");
  assert.deepEqual(status.projects.map((it) => [it.id, it.status]), [[project, "completed"]]);
  const { undone } = await json("undo", project, "--all");
  assert.equal(undone, 2, "the contents of files came back, too");
  assert.equal((await json("verify")).verified, true);
  const kept = join(workspace, ".cadre", "replaced");
  const replaced = readdirSync(kept);
  assert.equal(replaced.length, 1);
  assert.ok(existsSync(join(kept, replaced[0], "cadre.sqlite")), "the damaged record is kept");
});

test("a restore that is killed at any write is ended by the next command", async (t) => {
  const { folder, workspace, home, reviewed, crash, json } = setUp(t);
  await json("demo", reviewed, "--yes");
  const backup = await json("backup");
  await json("request", "write a report about the weather");
  const kept = join(folder, "kept");
  for (const from of [workspace, home]) cpSync(from, join(kept, from), { recursive: true });
  for (const at of [1, 2].flatMap((more) => [`before:${backup.entries + more}`, `after:${backup.entries + more}`])) {
    for (const to of [workspace, home]) {
      rmSync(to, { recursive: true });
      cpSync(join(kept, to), to, { recursive: true });
    }
    const killed = await crash(at, "restore", backup.path, "--yes");
    assert.equal(killed.signal, "SIGKILL", `${at} is reached: ${killed.stderr}`);
    const report = await json("verify");
    assert.deepEqual([report.verified, report.entries], [true, backup.entries + 2], at);
    assert.equal(report.anchored_to, report.entries, `${at}: heads are kept again`);
    const left = readdirSync(join(workspace, ".cadre")).filter((name) => name.startsWith("restore."));
    assert.deepEqual(left, [], `${at}: nothing is left of it`);
  }
});

test("a host that is killed while a restore is decided leaves the record and no decision that stands", async (t) => {
  const { folder, env, home, json } = setUp(t);
  await json("request", "write a report about the weather");
  const backup = await json("backup");
  const places = { ...env, XDG_STATE_HOME: join(home, ".local", "state") };
  // Once through, so that what a first start records is there.
  await stop((await serve(folder, places)).server);
  for (const [at, more] of [
    ["before", 0],
    ["after", 2],
  ]) {
    const { entries } = await json("verify");
    const { server } = await serve(folder, { ...places, CADRE_CRASH_AT: `${at}:${entries + 1}` });
    t.after(() => stop(server));
    const died = once(server, "exit");
    await assert.rejects(json("restore", backup.path, "--yes"), "nobody answers any more");
    assert.deepEqual((await died)[1], "SIGKILL", `${at} is reached`);
    const report = await json("verify");
    // The decision, and that it came to nothing.
    assert.deepEqual([report.verified, report.entries], [true, entries + more], at);
  }
  assert.equal((await json("restore", backup.path, "--yes")).restored, true, "it can be decided anew");
});

test("a restore that cannot be put in place says why and is taken back", async (t) => {
  const { workspace, run, json } = setUp(t);
  await json("request", "write a report about the weather");
  const backup = await json("backup");
  await json("request", "and one about the tides");
  const nothing = await run("restore", "--take-back", "--json");
  assert.deepEqual([nothing.code, codeOf(nothing)], [1, "not_possible"], "none is decided");
  const both = await run("restore", backup.path, "--take-back");
  assert.equal(both.code, 2, "a backup is put in place or taken back");
  // Where the replaced record belongs.
  const inTheWay = join(workspace, ".cadre", "replaced");
  writeFileSync(inTheWay, "a file");
  const stuck = await run("restore", backup.path, "--yes", "--json");
  const { restored, problems } = jsonLine(stuck);
  assert.deepEqual([stuck.code, restored], [1, false], stuck.stderr);
  assert.deepEqual(
    problems.map((it) => it.code),
    ["not_a_folder", "restore_not_done"],
  );
  for (const { message } of problems) assert.ok(message.includes(inTheWay), message);
  rmSync(inTheWay);
  const inWords = await run("restore", "--take-back");
  assert.deepEqual([inWords.code, inWords.stderr], [0, "Taken back. The workspace stays as it is.\n"]);
  const report = await json("verify");
  assert.deepEqual([report.verified, report.entries > backup.entries], [true, true], "all of it is there");
  const again = await json("restore", backup.path, "--yes");
  assert.deepEqual([again.restored, again.compared, again.problems], [true, "made_here", []]);
});

test("a host that has the workspace open puts it in place when it starts the next time", async (t) => {
  const { folder, workspace, env, home, json, reviewed } = setUp(t);
  await json("demo", reviewed, "--yes");
  const { server } = await serve(folder, { ...env, XDG_STATE_HOME: join(home, ".local", "state") });
  t.after(() => stop(server));
  const backup = await json("backup", "--to", join(workspace, "..", "disk"));
  await json("request", "write a report about the weather");
  const answer = await json("restore", backup.path, "--yes");
  assert.deepEqual([answer.restored, answer.decided.entries], [false, backup.entries]);
  assert.equal((await json("status")).projects.length, 1, "until then it goes on as it is");
  assert.equal((await json("restore", "--take-back")).taken_back, true, "the host takes it back");
  assert.deepEqual((await json("restore", backup.path, "--yes")).restored, false, "and decides it once more");
  await stop(server);
  const report = await json("verify");
  assert.deepEqual([report.verified, report.entries], [true, backup.entries + 2]);
});

test("what lies in the workspace and looks decided is not, without the note outside it", async (t) => {
  const { workspace, home, run, json } = setUp(t);
  await json("request", "write a report about the weather");
  const backup = await json("backup");
  await json("request", "and one about the tides");
  const inTheWay = join(workspace, ".cadre", "replaced");
  writeFileSync(inTheWay, "a file");
  assert.equal((await run("restore", backup.path, "--yes")).code, 1);
  rmSync(inTheWay);
  const heads = join(home, ".local", "state", "cadre", "heads");
  const notes = readdirSync(heads).filter((name) => name.endsWith(".decided.json"));
  assert.equal(notes.length, 1);
  rmSync(join(heads, notes[0]));
  const report = await json("verify");
  assert.deepEqual([report.verified, report.entries > backup.entries], [true, true], "nothing was replaced");
  assert.ok(existsSync(join(workspace, ".cadre", "restore.refused", "cadre.sqlite")), "it lies aside");
});

test("a backup that does not fit is refused with a code, and nothing is lost", async (t) => {
  const { folder, run, json, env } = setUp(t);
  await json("request", "write a report about the weather");
  const backup = await json("backup");
  const before = await json("verify");
  const other = join(folder, "other");
  const machine = userEnv(join(folder, "another-home"));
  const elsewhere = await cadre(["restore", backup.path, "--yes", "--json", "--workspace", other], machine);
  assert.equal(elsewhere.code, 0, `a new folder takes it: ${elsewhere.stdout}${elsewhere.stderr}`);
  assert.equal(jsonLine(elsewhere).compared, "nothing", "on a machine that knows nothing of it");
  mkdirSync(join(folder, "none"));
  for (const [path, code] of [
    [join(folder, "none"), "not_found"],
    [join(folder, "nowhere"), "not_found"],
    [join(backup.path, "backup.json"), "backup_damaged"],
  ]) {
    const ran = await run("restore", path, "--yes", "--json");
    assert.deepEqual([ran.code, codeOf(ran)], [1, code], path);
  }
  const third = join(folder, "third");
  await cadre(["request", "another", "--json", "--workspace", third], env);
  const foreign = await cadre(["restore", backup.path, "--yes", "--json", "--workspace", third], env);
  assert.equal(codeOf(foreign), "backup_of_another");
  // The same workspace in another folder, where something else was done: its backup is sound, and not of this record.
  const branch = await cadre(["backup", "--json", "--workspace", other], machine);
  const unlike = await run("restore", jsonLine(branch).path, "--yes", "--json");
  assert.deepEqual([unlike.code, codeOf(unlike)], [1, "backup_differs"]);
  rmSync(join(backup.path, "agents"), { recursive: true });
  const cut = await run("restore", backup.path, "--yes", "--json");
  assert.equal(codeOf(cut), "backup_damaged");
  assert.deepEqual(await json("verify"), before, "the workspace is as it was");
});
