// A scripted agent program for tests: it speaks the protocol by hand, so that nothing of ours is tested against itself.
// Usage: node fake_acp_agent.mjs SCENARIO [PORT]
import { readFileSync, readdirSync, rmSync, symlinkSync, watch, writeFileSync } from "node:fs";
import { connect } from "node:net";
import readline from "node:readline";

const [scenario, port] = process.argv.slice(2);
if (port) connect(Number(port), "127.0.0.1"); // who listens there knows when this process is gone
let folder;
let turn = 0;
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const update = (it) => send({ method: "session/update", params: { sessionId: "s1", update: it } });
const say = (text) => update({ sessionUpdate: "agent_message_chunk", content: { type: "text", text } });
const waiting = new Map();
let next = 100;
const ask = (method, params) =>
  new Promise((resolve) => {
    waiting.set(++next, resolve);
    send({ id: next, method, params: { sessionId: "s1", ...params } });
  });
const tool = { toolCallId: "t1", title: "Write a.txt", kind: "edit" };
const permission = () =>
  ask("session/request_permission", {
    // Fields in no order: what is approved is this text, whatever a record does to objects.
    toolCall: { ...tool, rawInput: { path: "a.txt", content: "new\n", append: false }, content: [{ type: "diff", path: `${folder}/a.txt`, oldText: "", newText: "new\n" }] },
    options: [
      { optionId: "forever", kind: "allow_always", name: "Always" },
      { optionId: "now", kind: "allow_once", name: "Once" },
      { optionId: "no", kind: "reject_once", name: "No" },
    ],
  });

const turns = {
  async works() {
    say("Hel");
    say("lo");
    update({ sessionUpdate: "plan", entries: [{ content: "write", priority: "high", status: "pending" }] });
    update({ sessionUpdate: "tool_call", ...tool, status: "pending" });
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "in_progress" });
    const { result } = await permission();
    const allowed = result.outcome.optionId === "now";
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: allowed ? "completed" : "failed" });
    update({ sessionUpdate: "usage_update", used: 5, size: 100, cost: { amount: 0.25, currency: "USD" } });
    say(JSON.stringify(result.outcome));
  },
  // As coding agents do: asks, writes one file by itself and has one written, and does what nobody was asked about.
  async edits(prompt) {
    const wanted = /the file `([^`]+)` exists/.exec(prompt)?.[1] ?? "out.md";
    if (prompt.startsWith("A person answered")) return say(`Understood: ${prompt.split("\n")[2]}`);
    update({ sessionUpdate: "tool_call", ...tool, status: "in_progress" });
    const { result } = await permission();
    if (result.outcome.optionId !== "now") {
      update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "failed" });
      return say("Then not.");
    }
    writeFileSync(`${folder}/a.txt`, "new\n");
    writeFileSync(`${folder}/sneaky.txt`, "nobody asked\n");
    rmSync(`${folder}/old.txt`, { force: true });
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "completed" });
    await ask("fs/write_text_file", { path: `${folder}/${wanted}`, content: "# Report\n" });
    say("All done.");
  },
  // Gets leave to look at a file, and changes it.
  async looks(prompt) {
    const wanted = /the file `([^`]+)` exists/.exec(prompt)?.[1] ?? "out.md";
    const toolCall = { toolCallId: "t1", title: "Read old.txt", kind: "read", locations: [{ path: `${folder}/old.txt` }] };
    update({ sessionUpdate: "tool_call", ...toolCall, status: "in_progress" });
    const options = [{ optionId: "now", kind: "allow_once", name: "Once" }];
    const { result } = await ask("session/request_permission", { toolCall, options });
    if (result.outcome.optionId === "now") writeFileSync(`${folder}/old.txt`, "changed\n");
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: "completed" });
    await ask("fs/write_text_file", { path: `${folder}/${wanted}`, content: "# Report\n" });
    say("All done.");
  },
  async dies() {
    await permission();
    process.exit(7);
  },
  async files() {
    const read = await ask("fs/read_text_file", { path: `${folder}/in.txt`, line: 2, limit: 1 });
    const away = await ask("fs/read_text_file", { path: `${folder}/../secret` });
    const wrote = await ask("fs/write_text_file", { path: `${folder}/sub/out.txt`, content: "out" });
    const outside = await ask("fs/write_text_file", { path: "/etc/out.txt", content: "out" });
    const shown = (it) => (it.error ? "refused" : (it.result.content ?? "done"));
    say([read, away, wrote, outside].map(shown).join("|"));
  },
  // What its walls let through: each place is tried.
  async places(prompt) {
    const source = /Look at (\S+);/.exec(prompt)[1];
    const tried = (does) => {
      try {
        does();
        return "yes";
      } catch (error) {
        return error.code;
      }
    };
    say(
      JSON.stringify({
        keeps: tried(() => writeFileSync(`${process.env.HOME}/kept`, "mine")),
        looks: tried(() => readFileSync(`${source}/in.txt`)),
        changes: tried(() => writeFileSync(`${source}/in.txt`, "changed")),
        beside: tried(() => readFileSync(`${source}/../beside.txt`)),
      }),
    );
  },
  // What can be seen of a workspace that lies in the folder it may look at.
  async sees(prompt) {
    const source = /Look at (\S+);/.exec(prompt)[1];
    const seen = (look) => {
      try {
        return String(look());
      } catch (error) {
        return error.code;
      }
    };
    writeFileSync(`${process.env.HOME}/kept`, "mine");
    say(
      JSON.stringify({
        homes: seen(() => readdirSync(`${source}/workspace/homes`)),
        other: seen(() => readFileSync(`${source}/workspace/homes/other/kept`)),
        data: seen(() => readdirSync(`${source}/workspace/.cadre`)),
        vault: seen(() => readFileSync(`${source}/keys.age`)),
        rest: seen(() => readFileSync(`${source}/in.txt`)),
      }),
    );
  },
  // One call of a tool, for which it asks leave twice.
  async asks_twice() {
    update({ sessionUpdate: "tool_call", ...tool, status: "in_progress" });
    const answers = await Promise.all([permission(), permission()]);
    const allowed = answers.every(({ result }) => result.outcome.optionId === "now");
    update({ sessionUpdate: "tool_call_update", toolCallId: "t1", status: allowed ? "completed" : "failed" });
    say(`Allowed: ${allowed}`);
  },
  // Files where it has no business, or not without being asked.
  async writes() {
    symlinkSync("..", `${folder}/away`);
    const said = [];
    for (const path of ["/etc/out.txt", "../out.txt", "away/out.txt", ".git/hooks/pre-commit", "AGENTS.md"]) {
      const { error } = await ask("fs/write_text_file", {
        path: path.startsWith("/") ? path : `${folder}/${path}`,
        content: "by the program\n",
      });
      said.push(error ? `${path}: ${error.data ?? error.message}` : `${path}: written`);
    }
    say(said.join("\n"));
  },
  async links(_, prompt) {
    say(JSON.stringify(prompt));
    for (const { uri } of prompt.slice(1)) say(readFileSync(new URL(uri), "utf8"));
  },
  // Half a dollar and 900 tokens more in each turn; then it waits for leave, or for its turn to be ended.
  async spends() {
    turn += 1;
    update({ sessionUpdate: "usage_update", used: 900 * turn, size: 100_000, cost: { amount: 0.5 * turn, currency: "USD" } });
    const { result } = await permission();
    if (result.outcome.outcome === "cancelled") return "cancelled";
    say(`Allowed: ${result.outcome.optionId}`);
  },
  // Asks leave and does not wait for it: with each file that comes to its folder it works on, or uses more.
  async goes_on() {
    const seen = new Set();
    watch(folder, (_, name) => {
      if (seen.has(name)) return;
      seen.add(name);
      if (name === "uses") update({ sessionUpdate: "usage_update", used: 900, size: 100_000, cost: { amount: 0.5, currency: "USD" } });
      if (name === "works") update({ sessionUpdate: "tool_call", toolCallId: "t2", title: "Look", kind: "read", status: "in_progress" });
    });
    const { result } = await permission();
    if (result.outcome.outcome === "cancelled") return "cancelled";
    say(`Allowed: ${result.outcome.optionId}`);
  },
  // Usage as the sum of the session so far, and as the turn's own.
  async totals() {
    turn += 1;
    return { usage: { totalTokens: 120 * turn, inputTokens: 100 * turn, outputTokens: 20 * turn } };
  },
  async counts() {
    turn += 1;
    return { usage: { totalTokens: 150 - 10 * turn, inputTokens: 100, outputTokens: 50 - 10 * turn } };
  },
  // What it used is said once its turn is over, and a file comes to its folder.
  async late() {
    watch(folder, () => update({ sessionUpdate: "usage_update", used: 900, size: 100_000 }));
    return { usage: undefined };
  },
  async garbage() {
    process.stdout.write("warning: something happened\n");
  },
  async long() {
    const piece = "x".repeat(1024 * 1024);
    for (let count = 0; count < 100; count++) process.stdout.write(piece);
  },
  async much() {
    const line = JSON.stringify({ jsonrpc: "2.0", method: "session/update", params: { filler: "y".repeat(64 * 1024) } });
    for (;;) await new Promise((written) => process.stdout.write(`${line}\n`, written));
  },
  async exits() {
    process.stderr.write("first\nout of luck\n");
    process.exit(3);
  },
  silent: () => new Promise(() => {}),
  async signed_out() {
    throw { code: -32000, message: "Authentication required" };
  },
  async overloaded() {
    throw { code: -32603, message: "rate limit reached" };
  },
};

async function answer({ method, params }) {
  if (method === "initialize") {
    if (scenario === "mute") return await turns.silent();
    const authMethods = [{ id: "login", name: "Log in", description: "Run `fake login`" }];
    const agentInfo = { name: "fake", version: "1.2.3" };
    return { protocolVersion: scenario === "old" ? 0 : 1, agentCapabilities: {}, authMethods, agentInfo };
  }
  if (method === "session/new") {
    folder = params.cwd;
    return { sessionId: "s1" };
  }
  const texts = params.prompt.filter((part) => part.type === "text").map((part) => part.text);
  const ended = await turns[scenario](texts.join("\n"), params.prompt);
  const usage = { totalTokens: 12, inputTokens: 7, outputTokens: 5 };
  return { stopReason: ended === "cancelled" ? ended : "end_turn", usage, ...(ended instanceof Object ? ended : {}) };
}

if (scenario === "silent" || scenario === "mute") process.on("SIGTERM", () => {}); // and it will not go by itself
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (!message.method) return waiting.get(message.id)?.(message);
  if (message.id === undefined) return;
  answer(message).then(
    (result) => send({ id: message.id, result }),
    // A mistake in this script is shown, not waited for.
    (error) => send({ id: message.id, error: error.message && error.code ? error : { code: -32603, message: String(error) } }),
  );
});
