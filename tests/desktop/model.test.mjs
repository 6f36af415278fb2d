// With a model that is served on this machine: enabled in the window, it reads and plans a request, and its agent asks to
// run a command, which a person approves on the operating system's notification.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Desktop, until } from "../support/desktop.mjs";
import { serveModel } from "../support/model.mjs";
import { readDatabase } from "../support/sqlite.mjs";
import { KEYS } from "../support/webdriver.mjs";

const NOTE = "# Thank you\n\nFor the order.\n";
const reading = {
  intent: "CREATE_PROJECT", confidence: 0.93, department: "engineering", complexity: 2, horizon: "hours", question: "",
  answers: [], answer: "",
};
const plan = {
  title: "A thank-you note", summary: "One short note.", complexity: 2, horizon: "hours", folder: "none",
  assumptions: ["One page is enough"], risks: [],
  steps: [{
    id: "write", title: "Write the note", needs: ["coding"], assignee: "software-engineer", human: "none",
    instructions: "Write the note and count its lines.", depends_on: [], minutes: 10, minutes_low: 5, minutes_high: 20,
    cost_usd: 0, evidence: [{ kind: "file_exists", value: "note.md", note: "" }],
  }],
};
const turn = (turnIndex, name, args, content) => ({
  match: { userMessage: "count its lines", turnIndex },
  response: { content, toolCalls: [{ name, arguments: JSON.stringify(args) }] },
});
const fixtures = [
  { match: { systemMessage: "You read requests" }, response: { content: JSON.stringify(reading) } },
  { match: { systemMessage: "You plan work" }, response: { content: JSON.stringify(plan) } },
  turn(0, "write_file", { path: "note.md", content: NOTE }, "I write it."),
  turn(1, "run_command", { program: "wc", args: ["-l", "note.md"] }, "I count."),
  turn(2, "finish", { summary: "The note has three lines.", done: true }, ""),
];

let model;
let desktop;
let window;
let workspace;

before(async () => {
  model = await serveModel(fixtures);
  desktop = await Desktop.start({ size: "1280x840" });
  workspace = join(desktop.folder, "workspace");
  window = await desktop.open(["--workspace", workspace]);
}, { timeout: 60_000 });

after(async () => {
  await desktop?.stop();
  await model?.stop();
}, { timeout: 30_000 });

function entries(kind) {
  const rows = readDatabase(join(workspace, ".cadre", "cadre.sqlite")).rows("ledger");
  return rows.map(({ body }) => JSON.parse(body.toString("utf8"))).filter((entry) => entry.kind === kind);
}

const press = async (name) => window.click(await window.byRole("button", name));

async function enable() {
  await window.byRole("heading", "Say what you need");
  await window.goTo("/system/models");
  await press("Add a service…");
  await window.choose("Kind", "openai-compatible");
  await window.type(await window.byRole("textbox", "Address"), `${model.address}/v1`);
  await press("Ask for its models");
  const dialog = await window.element("the dialog's Enable", () =>
    [...document.querySelectorAll("[role=dialog] button")].find((it) => it.textContent === "Enable"));
  await window.click(dialog);
  await until("it is enabled", () => entries("endpoint.enabled").length === 1);
}

test("a model agent's command is approved on the notification, and the project completes", { timeout: 120_000 }, async () => {
  await enable();
  await window.goTo("/");
  const request = await window.byRole("textbox", "Request");
  await window.type(request, "Thank our first customers in a note");
  await window.type(request, KEYS.Enter);
  await window.byRole("region", "How the request was read");
  await window.keys(["p"]);
  await window.words("A thank-you note");
  await window.byRole("button", "Approve plan v1");
  await window.keys(["a"]);

  const pressed = () => entries("decision.made").find(({ data }) => data.channel === "notification");
  // The plan's own notification goes while the agent begins; only the command's has this button.
  await until("the command is approved on its notification", async () => {
    if ((await desktop.notifications()) === 1 && !pressed()) await desktop.press("Approve");
    return pressed();
  }, 60);
  await until("the project completes", () => entries("project.status").some(({ data }) => data.status === "completed"), 60);

  const command = entries("effect.intended").find(({ data }) => data.class === "run");
  assert.equal(pressed().data.decision, "approve");
  assert.equal(pressed().data.action_hash, command.data.action_hash, "what was approved is what ran");
  const projects = join(workspace, "projects");
  assert.equal(readFileSync(join(projects, readdirSync(projects)[0], "note.md"), "utf8"), NOTE);
});
