// A request that changes a repository, as a person carries it through at the terminal: on a branch, with their own
// checkout left as it is.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { readDatabase } from "./support/sqlite.mjs";
import { git, smallRepository, treeState } from "./support/folders.mjs";

/** Proposes every file that the plan's steps name as evidence, and a page. */
const writer = `#!/bin/sh
cat > /dev/null
cat <<'END'
{"contract":1,"summary":"written","data":{},"files":[
{"path":"cadre-work/outline.md","media_type":"text/markdown","content":"outline"},
{"path":"cadre-work/pages.md","media_type":"text/markdown","content":"pages"},
{"path":"docs/guide.md","media_type":"text/markdown","content":"# Guide\\n"}]}
END
`;

/** The checkout, and what git keeps of it alone. Refs, objects and worktrees may be added. */
function checkoutState(folder) {
  const ownOfGit = /^\/\.git\/(HEAD|index|config) /;
  return treeState(folder).filter((line) => !line.startsWith("/.git") || ownOfGit.test(line));
}

async function until(step) {
  for (let round = 0; round < 40; round++) {
    if (await step()) return;
  }
  assert.fail("it does not come to an end");
}

test("what a request changes in a repository is on a branch, and the checkout is byte for byte what it was", async (t) => {
  const folder = temporaryFolder(t, "folders");
  const repository = smallRepository(join(folder, "repository"));
  writeFileSync(join(repository, "README.md"), "# Small, and being changed\n");
  const env = userEnv(join(folder, "home"));
  const workspace = join(folder, "workspace");
  const run = (...args) => cadre([...args, "--json", "--workspace", workspace], env);
  const waiting = async () => jsonLine(await run("status")).inbox ?? [];

  const request = "Write user documentation for this repository";
  const filed = jsonLine(await run("request", request, "--folder", repository));
  const program = join(folder, "programs", "writer");
  mkdirSync(join(folder, "programs"));
  writeFileSync(program, writer, { mode: 0o755 });
  const member = join(workspace, "agents", "engineering", "technical-writer.md");
  const kept = readFileSync(member, "utf8").split("\n").filter((line) => /^(name|role|department|reports_to):/.test(line));
  const definition = ["---", ...kept, "description: writes", "kind: function", `program: ${program}`, "recovery: repeat"];
  writeFileSync(member, [...definition, "---", "Writes.", ""].join("\n"));
  const before = checkoutState(repository);
  const head = git(repository, "rev-parse", "HEAD").trim();
  const plan = jsonLine(await run("plan", filed.id));
  assert.equal(plan.place.mode, "worktree", "a repository gets a worktree");
  assert.deepEqual(plan.place.uncommitted_files, ["README.md"], "what is not committed is shown before approval");
  assert.equal(git(repository, "branch", "--list", "cadre/*"), "", "nothing is made before approval");
  assert.equal((await run("approve", plan.project, "--plan", String(plan.version), "--hash", plan.hash)).code, 0);

  const carry = async () => jsonLine(await run("run", plan.project, "--yes"));
  const answer = async (items) => {
    for (const item of items) {
      const hash = item.action_hash ? ["--hash", item.action_hash] : [];
      await run("approve", item.id, "--decision", item.allowed[0], "--text", "as asked", ...hash);
    }
  };
  // The first step that the member has waits for a person, so that the change of the member comes before it.
  const database = join(workspace, ".cadre", "cadre.sqlite");
  const isFunction = () =>
    readDatabase(database).rows("members").some(({ name, kind }) => name === "technical-writer" && kind === "function");
  await until(async () => {
    await carry();
    await answer((await waiting()).filter((item) => item.reason === "agent_change"));
    return isFunction();
  });
  let result = null;
  await until(async () => {
    result = await carry();
    await answer(await waiting());
    return result.status === "completed";
  });

  assert.deepEqual(checkoutState(repository), before, "the checkout is byte for byte what it was");
  assert.equal(result.branch, plan.place.branch, "the result names its branch");
  assert.equal(git(repository, "show", `${result.branch}:docs/guide.md`), "# Guide\n");
  assert.equal(git(repository, "show", `${result.branch}:README.md`), "# Small\n", "it begins at the commit");
  const names = git(repository, "ls-tree", "-r", "--name-only", result.branch);
  assert.ok(!names.includes("cadre-work"), "working papers stay out of the branch");
  assert.equal(git(repository, "rev-parse", "HEAD").trim(), head);
  assert.equal(git(repository, "status", "--porcelain").trim(), "M README.md", "what was not committed still is not");
  assert.equal((await run("verify")).code, 0, "the record verifies");
});
