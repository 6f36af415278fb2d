// The demo as a person or a program starts it, on folders as they are found.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test from "node:test";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { git, sha256, smallRepository, treeState, writeFiles } from "./support/folders.mjs";
import { readDatabase } from "./support/sqlite.mjs";

const steps = ["scout", "audit", "history", "report"];
const reports = ["health-report.html", "health-report.md"];
const markup = "<img src=x onerror=alert(1)>";

function setUp(t) {
  const folder = temporaryFolder(t, "demo");
  const workspace = join(folder, "workspace");
  const reviewed = join(folder, "reviewed");
  mkdirSync(reviewed);
  const env = userEnv(join(folder, "home"));
  const run = (...args) => cadre([...args, "--workspace", workspace], env);
  const record = () => readDatabase(join(workspace, ".cadre", "cadre.sqlite"));
  return { folder, workspace, reviewed, env, run, record };
}

/** Names that draw on terminals, break lines, or are markup; and one that is not even text. */
function hostileNames(folder) {
  const names = ["two\nlines.md", "\u001b[2J\u001b[31mred.js", `${markup}.html`, "'; DROP TABLE ledger; --.sql",
    "$(touch pwned).sh", "-rf", "\u202etxt.exe", " ", "a".repeat(200)];
  writeFiles(folder, Object.fromEntries(names.map((name) => [name, "something\n"])));
  writeFiles(folder, { "package.json": JSON.stringify({ name: markup, dependencies: { [markup]: "\u001b[2J" } }) });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe, 0x2e, 0x6d, 0x64])]), "not UTF-8\n");
  symlinkSync("/etc/passwd", join(folder, "leads-out"));
  symlinkSync(".", join(folder, "leads-in-circles"));
}

function makeReadOnly(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) makeReadOnly(path);
    else if (entry.isFile()) chmodSync(path, 0o444);
  }
  chmodSync(folder, 0o555);
}

const folders = {
  "a git repository": smallRepository,
  "an empty folder": () => {},
  "a folder without git": (folder) => writeFiles(folder, { "notes.txt": "hello\n", "src/lib.rs": "pub fn f() {}\n" }),
  "a git repository without commits": (folder) => {
    git(folder, "init", "--quiet");
    writeFiles(folder, { "new.py": "print()\n" });
  },
  "hostile names": hostileNames,
  "hostile names under git": (folder) => {
    hostileNames(folder);
    git(folder, "init", "--quiet");
    git(folder, "add", ".");
    git(folder, "commit", "--quiet", "-m", `${markup}\u001b[2J\n\nA body`);
  },
  "a read-only folder": (folder) => {
    smallRepository(folder);
    makeReadOnly(folder);
  },
};

for (const [name, prepare] of Object.entries(folders)) {
  test(`the demo completes on ${name} and changes nothing in it`, async (t) => {
    const { workspace, reviewed, run, record } = setUp(t);
    prepare(reviewed);
    const before = treeState(reviewed);
    const ran = await run("demo", reviewed, "--yes", "--json");
    assert.equal(ran.code, 0, `it completes: ${ran.stdout}${ran.stderr}`);
    assert.deepEqual(treeState(reviewed), before, "the reviewed folder is as it was, to the byte, .git included");
    assertShape(jsonLine(ran), workspace, record());
    assertHarmless(ran.stderr, "standard error");
    assert.equal(ran.stderr.split("\n")[0], `Workspace: ${workspace}`, "where everything lies is said first");
    const verified = await run("verify", "--json");
    assert.equal(verified.code, 0, `the record verifies: ${verified.stdout}`);
    assert.equal(jsonLine(verified).verified, true, "and it says so");
  });
}

/** The one line that programs read: these members, no others, and each of them true. */
function assertShape(result, workspace, record) {
  assert.deepEqual(Object.keys(result), ["status", "project", "workspace", "steps", "artifacts", "ledger"]);
  assert.equal(result.status, "completed");
  assert.equal(result.workspace, workspace);
  assert.deepEqual(result.steps, steps.map((id) => ({ id, status: "completed", runs: 1 })), "each step ran once");
  assert.deepEqual(result.artifacts.map((artifact) => basename(artifact.path)).sort(), reports, "both reports are there");
  for (const artifact of result.artifacts) {
    assert.deepEqual(Object.keys(artifact), ["path", "sha256"]);
    assert.equal(sha256(artifact.path), artifact.sha256, `${artifact.path} is what it is said to be`);
    assertHarmless(readFileSync(artifact.path, "utf8"), artifact.path);
  }
  assert.deepEqual(result.ledger, { entries: record.rows("ledger").length, verified: true });
  assert.deepEqual(record.rows("projects").map((project) => project.id), [result.project]);
}

/** What comes from the folder is shown as text: it neither draws on the terminal nor becomes part of a page. */
function assertHarmless(text, where) {
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(text);
  assert.equal(control, null, `${where} has a control character: ${JSON.stringify(text.slice(control?.index - 40, control?.index + 40))}`);
  if (where.endsWith(".html")) assert.ok(!text.includes(markup), `${where} has a file's name as markup`);
}

test("without an answer nothing starts, and the plan can be approved later", async (t) => {
  const { reviewed, run, record } = setUp(t);
  smallRepository(reviewed);
  const ran = await run("demo", reviewed, "--json");
  assert.equal(ran.code, 1, "it waits for a person, and none is here");
  assert.match(ran.stderr, /--yes/, "it says how to go on");
  const { rows } = record();
  for (const table of ["runs", "effects", "permits", "steps", "decisions"]) {
    assert.deepEqual(rows(table), [], `nothing was approved, so ${table} is empty`);
  }
  assert.deepEqual(rows("plans").map((plan) => plan.status), ["draft"], "the plan is kept as a draft");
  const later = await run("run", "--yes", "--json");
  assert.equal(later.code, 0, `the same plan, approved: ${later.stdout}${later.stderr}`);
  assert.equal(jsonLine(later).status, "completed");
});

test("a folder that is not there or is a file ends with 2 and says which", async (t) => {
  const { folder, run, record } = setUp(t);
  writeFileSync(join(folder, "file"), "no folder\n");
  for (const name of ["missing", "file"]) {
    const path = join(folder, name);
    const ran = await run("demo", path, "--yes", "--json");
    assert.equal(ran.code, 2, `there is nothing to look at in ${name}: ${ran.stdout}${ran.stderr}`);
    const { error } = jsonLine(ran);
    assert.equal(error.code, "folder_unreadable");
    assert.ok(error.message.includes(path), `it names the folder: ${error.message}`);
  }
  assert.deepEqual(record().rows("requests"), [], "no request was filed for it");
});

test("without --workspace the demo makes one of its own and keeps it", async (t) => {
  const { folder, reviewed, env } = setUp(t);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const ran = await cadre(["demo", "--yes", "--json"], { ...env, TMPDIR: temporary }, reviewed);
  assert.equal(ran.code, 0, `the current folder is reviewed: ${ran.stdout}${ran.stderr}`);
  const { workspace } = jsonLine(ran);
  assert.ok(workspace.startsWith(temporary), `${workspace} lies with the temporary files`);
  assert.equal(ran.stderr.split("\n")[0], `Workspace: ${workspace}`, "where everything lies is said first");
  assert.ok(readdirSync(workspace).includes(".cadre"), "and stays there");
});

test("verify finds a changed byte of the record, and says when it cannot look", async (t) => {
  const { workspace, reviewed, run, record } = setUp(t);
  assert.equal((await run("demo", reviewed, "--yes", "--json")).code, 0, "there is something to verify");
  const file = join(workspace, ".cadre", "cadre.sqlite");
  const whole = readFileSync(file);
  for (const kind of ["request.filed", "effect.settled", "member.saved"]) {
    const { seq, body } = record().rows("ledger").find((entry) => entry.body.includes(`"kind":"${kind}"`));
    // SQLite may have left an older copy of the same bytes in an unused part of a page.
    const changed = Buffer.from(whole);
    for (let at = whole.indexOf(body); at >= 0; at = whole.indexOf(body, at + 1)) changed[at + 10] ^= 1;
    assert.notDeepEqual(changed, whole, `entry ${seq} lies in the file in one piece`);
    writeFileSync(file, changed);
    const ran = await run("verify", "--json");
    assert.equal(ran.code, 1, `a changed byte before ${kind} is a finding: ${ran.stdout}${ran.stderr}`);
    const report = jsonLine(ran);
    assert.equal(report.verified, false);
    assert.ok(report.findings.some((finding) => finding.entry === seq), `entry ${seq} is named: ${ran.stdout}`);
    writeFileSync(file, whole);
  }
  writeFileSync(file, "no database at all\n".repeat(1000));
  const ran = await run("verify", "--json");
  assert.equal(ran.code, 2, "it could not look");
  assert.equal(jsonLine(ran).error.code, "workspace_damaged");
  writeFileSync(file, whole);
  assert.equal((await run("verify")).code, 0, "the file as it was verifies");
});

test("verify finds a record that was put back, however often it is asked", async (t) => {
  const { folder, workspace, reviewed, run } = setUp(t);
  const file = join(workspace, ".cadre", "cadre.sqlite");
  assert.equal((await run("demo", reviewed, "--yes", "--json")).code, 0, "a first project");
  const older = readFileSync(file);
  assert.equal((await run("request", "Write a plan for the summer", "--json")).code, 0, "something more on record");
  writeFileSync(file, older);
  for (const time of ["first", "second", "third"]) {
    const ran = await run("verify", "--json");
    assert.equal(ran.code, 1, `the ${time} time: ${ran.stdout}`);
    assert.match(ran.stdout, /cut off/, "it says that the end is missing");
  }
  assert.ok(readdirSync(join(folder, "home", ".local", "state", "cadre", "heads")).length === 1, "by the head kept outside");
});

test("the version is printed for people and for programs", async (t) => {
  const { run } = setUp(t);
  const { version } = jsonLine(await run("version", "--json"));
  assert.match(version, /^\d+\.\d+\.\d+/);
  assert.equal((await run("version")).stdout, `cadre ${version}\n`);
});
