// A project carried out by a real agent program from npm, with a model that is served on this machine: it asks, a person
// agrees in the interface with the diff before them, the files are written, its tokens are counted, the record verifies.
// Needs `npm ci`, `npm run ui:build` and the programs `cadre`, `cadre-exec`, `cadre-functions`.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { launch, stop } from "./support/browser.mjs";
import { temporaryFolder, userEnv } from "./support/cadre.mjs";
import { smallRepository } from "./support/folders.mjs";
import { serve, session, signedIn } from "./support/host.mjs";
import { serveModel } from "./support/model.mjs";

const root = join(import.meta.dirname, "..");
const program = join(root, "node_modules", "opencode-linux-x64", "bin", "opencode");
const report = "# Health\n\nAll is well.\n";
const page = "<h1>Health</h1>\n";

/** The model: it writes two files, and is content with that. */
const fixtures = [
  { match: { hasToolResult: true }, response: { content: "Both files are written." } },
  {
    match: { userMessage: "Write the report" },
    response: {
      toolCalls: [
        { name: "write", arguments: JSON.stringify({ filePath: "health-report.md", content: report }) },
        { name: "write", arguments: JSON.stringify({ filePath: "health-report.html", content: page }) },
      ],
    },
  },
  { match: {}, response: { content: "A title" } },
];

/** Looks until it is so: what is looked at lies in other processes. */
async function until(what, look, seconds = 90) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A host that finds the program on its PATH, and a session of the person with it. */
async function host(t, folder, workspace) {
  const places = join(folder, "bin");
  mkdirSync(places);
  assert.ok(existsSync(program), `${program} is missing; run \`npm ci\``);
  symlinkSync(program, join(places, "opencode"));
  const env = userEnv(join(folder, "home"), { PATH: `${places}:${process.env.PATH}` });
  const served = await serve(workspace, env, join(root, "ui", "dist"));
  t.after(() => stop(served.child));
  return { ...served, ...(await session(served)) };
}

/** A plan of one step, which the program carries out. */
async function begin(call, folder) {
  const reviewed = join(folder, "reviewed");
  smallRepository(reviewed);
  const text = "Review this repository and write a health report";
  const filed = await call("request.file", { text, folder: reviewed });
  const made = await call("plan.make", { request: filed.request?.id ?? filed.id });
  const others = made.steps.filter((step) => step.id !== "report").map((step) => ({ step: step.id, remove: true }));
  const none = { title: null, instructions: null, assignee: null, depends_on: null };
  const edits = [
    ...others.map((edit) => ({ ...none, ...edit })),
    { ...none, step: "report", remove: false, assignee: "opencode", depends_on: [] },
  ];
  const plan = await call("plan.refine", { project: made.project, version: made.version, feedback: null, edits });
  await call("plan.approve", { project: plan.project, version: plan.version, hash: plan.hash });
  return plan.project;
}

async function browser(t, here) {
  const chrome = await launch();
  t.after(() => chrome.close());
  return signedIn(chrome, here, here, "/inbox");
}

/** Approves in the interface what it shows, after it was looked at to its end. */
async function approveInBrowser(tab, wanted, image) {
  const chosen = tab.getByRole("region", { name: "Chosen item" });
  await chosen.getByRole("heading", { level: 1, name: wanted }).waitFor({ timeout: 60_000 });
  for (const part of await tab.locator(".bound .part").all()) {
    await part.evaluate((element) => element.lastElementChild.scrollIntoView({ block: "center" }));
  }
  const shown = await tab.locator(".bound").first().innerText();
  await tab.locator("[role=group][aria-label=Decision] button:not([aria-disabled])", { hasText: /^Approve/ }).first().waitFor();
  if (process.env.CADRE_IMAGES && image) {
    await tab.screenshot({ path: join(root, "docs", "images", image), animations: "disabled" });
  }
  await tab.keyboard.press("a");
  return shown;
}

test("an agent program from npm does a project, asks, and is counted", { timeout: 240_000 }, async (t) => {
  const folder = temporaryFolder(t, "acp");
  const workspace = join(folder, "workspace");
  const model = await serveModel(fixtures);
  t.after(() => model.stop());
  const here = await host(t, folder, workspace);
  const { call } = here;

  const found = (await call("agent.programs")).find((it) => it.id === "opencode");
  assert.match(found.path, /\/bin\/opencode$/, "it is found on PATH");
  assert.equal(found.member, null);
  assert.deepEqual(await call("agent.add_program", { program: "opencode" }), { member: "opencode" });
  assert.equal((await call("agent.programs")).find((it) => it.id === "opencode").member, "opencode");

  // Its home is its own, and so are its settings: here, that its model is the one on this machine.
  const settings = join(workspace, "homes", "opencode", ".config", "opencode");
  mkdirSync(settings, { recursive: true });
  const options = { baseURL: `${model.address}/v1`, apiKey: "none" };
  const local = { npm: "@ai-sdk/openai-compatible", name: "local", options, models: { mock: { name: "mock" } } };
  writeFileSync(join(settings, "opencode.json"), JSON.stringify({ model: "local/mock", provider: { local } }));

  const project = await begin(call, folder);
  const waiting = async (kind) => (await call("inbox.list")).find((item) => item.action?.kind === kind);
  const startItem = await until("it asks to be started", () => waiting("run_program"));
  assert.equal(startItem.action.network, true, "what it may do is shown");
  assert.match(startItem.action.stdin, /Write the report/, "and what it is told");
  const reviewed = realpathSync(join(folder, "reviewed"));
  assert.deepEqual(startItem.action.writes, [join(realpathSync(workspace), "homes", "opencode")], "what it may change");
  assert.deepEqual(startItem.action.reads, [realpathSync(join(root, "node_modules")), reviewed], "what it may look at");
  const tab = await browser(t, here);
  const started = await approveInBrowser(tab, /^opencode acp/);
  for (const place of [...startItem.action.writes, ...startItem.action.reads]) {
    assert.ok(started.includes(place), `${place} is before the person: ${started}`);
  }

  const asked = await until("it asks for leave to write", () => waiting("agent_tool"));
  // While it waits: what is decided on is compared no more.
  const changes = await call("inbox.diff", { item: asked.id });
  assert.match(JSON.stringify(changes), /All is well\.|<h1>Health/, "line by line, against what stands there");
  const shown = await approveInBrowser(tab, /^opencode: edit/, "inbox-agent-program-light.png");
  assert.match(shown, /All is well\.|<h1>Health/, `the diff is before the person: ${shown}`);
  const second = await until("it asks for the other file", async () => {
    const item = await waiting("agent_tool");
    return item && item.id !== asked.id ? item : null;
  });
  await call("inbox.decide", { item: second.id, decision: "approve", text: null, action_hash: second.action_hash, content: null });

  const done = await until("the project completes", async () => {
    const now = await call("project.get", { project });
    const failure = (await call("inbox.list")).find((item) => item.reason === "failure");
    assert.equal(failure, undefined, `it does not fail: ${failure?.message}`);
    return now.status === "completed" ? now : null;
  });
  assert.equal(readFileSync(join(done.folder, "health-report.md"), "utf8"), report);
  assert.equal(readFileSync(join(done.folder, "health-report.html"), "utf8"), page);

  const effects = await call("effect.list", { project });
  const tools = effects.filter((effect) => effect.title.startsWith("opencode: "));
  assert.deepEqual(tools.map((effect) => effect.status), ["done", "done"], "each yes has its outcome");
  const files = effects.filter((effect) => effect.undoable).map((effect) => effect.file.path);
  assert.deepEqual(files.toSorted(), ["health-report.html", "health-report.md"], "each file can be taken back");

  const spend = await call("project.spend", { project });
  const calls = spend.calls ?? spend.spend ?? spend;
  assert.ok(calls.some((it) => it.member === "opencode" && it.input > 0 && it.output > 0), JSON.stringify(spend));
  const said = await call("project.conversation", { project, before: null, limit: 100 });
  assert.ok(said.some((it) => it.role === "agent" && it.text === "Both files are written."), JSON.stringify(said));
  assert.ok(said.some((it) => it.role === "tool"), "its tools are in the conversation");
  assert.equal((await call("ledger.verify")).verified, true, "the record holds");

  await call("effect.undo_all", { project });
  assert.ok(!existsSync(join(done.folder, "health-report.md")), "and everything can be taken back");
});
