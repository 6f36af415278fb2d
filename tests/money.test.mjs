// `kill -9` at each write around a call of a model that belongs to no run: whatever the crash left open is booked by the
// next program that has the workspace, and nothing stays open.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { cadre, temporaryFolder, userEnv } from "./support/cadre.mjs";
import { readDatabase } from "./support/sqlite.mjs";

/** A server of this machine that has a model, which answers whatever it is asked with the same words. */
async function server(t) {
  const http = createServer((request, response) => {
    request.resume();
    const models = { object: "list", data: [{ id: "small" }] };
    const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };
    const chunk = { id: "c", object: "chat.completion.chunk", model: "small", usage };
    const choices = [{ index: 0, delta: { role: "assistant", content: "no reading" }, finish_reason: "stop" }];
    const asksForModels = request.method === "GET";
    response.writeHead(200, { "content-type": asksForModels ? "application/json" : "text/event-stream" });
    response.end(asksForModels ? JSON.stringify(models) : `data: ${JSON.stringify({ ...chunk, choices })}\n\ndata: [DONE]\n\n`);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => http.closeAllConnections() ?? http.close());
  return `http://127.0.0.1:${http.address().port}/v1`;
}

test("a call that a crash cuts off is booked by the next program, at whichever write", async (t) => {
  const folder = temporaryFolder(t, "money");
  const address = await server(t);
  const run = (name, args, more = {}) => {
    const place = join(folder, name);
    return cadre([...args, "--json", "--workspace", join(place, "workspace")], userEnv(join(place, "home"), more));
  };
  const recorded = (name) => {
    const database = readDatabase(join(folder, name, "workspace", ".cadre", "cadre.sqlite"));
    return {
      kinds: database.rows("ledger").map((entry) => JSON.parse(entry.body.toString("utf8")).kind),
      spend: database.rows("spend").map((row) => row.status),
      effects: database.rows("effects").map((row) => row.status),
    };
  };
  const copy = (name) => cpSync(join(folder, "base"), join(folder, name), { recursive: true });

  const enabled = await run("base", ["model", "enable", "ollama", "--address", address, "--model", "small", "--yes"]);
  assert.equal(enabled.code, 0, enabled.stdout + enabled.stderr);
  const before = recorded("base").kinds.length;
  const request = ["request", "Thank our first customers"];
  copy("undisturbed");
  await run("undisturbed", request);
  const whole = recorded("undisturbed");
  assert.ok(whole.kinds.includes("spend.reserved"), `the model is asked: ${whole.kinds.slice(before)}`);
  assert.ok(!whole.spend.includes("reserved") && !whole.effects.includes("intended"), "undisturbed, nothing stays open");

  const booked = [];
  for (let entry = before + 1; entry <= whole.kinds.length; entry += 1) {
    for (const when of ["before", "after"]) {
      const name = `${when}-${entry}`;
      copy(name);
      const ran = await run(name, request, { CADRE_CRASH_AT: `${when}:${entry}` });
      assert.equal(ran.signal, "SIGKILL", `${name} (${whole.kinds[entry - 1]}) is reached: ${ran.stderr}`);
      const next = await run(name, ["status"]);
      assert.equal(next.code, 0, `${name}: ${next.stdout}${next.stderr}`);
      const { spend, effects } = recorded(name);
      assert.ok(!spend.includes("reserved"), `${name}: no money stays set aside: ${spend}`);
      assert.ok(!effects.includes("intended"), `${name}: no call stays open: ${effects}`);
      booked.push(...spend.filter((status) => status === "assumed"));
      const verified = await run(name, ["verify"]);
      assert.equal(verified.code, 0, `${name}: the record verifies: ${verified.stdout}${verified.stderr}`);
    }
  }
  assert.ok(booked.length > 0, "some crash came in the middle of a call");
});
