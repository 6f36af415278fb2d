// The log: what stands in it, where, and who can read it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { serve, stop } from "./support/browser.mjs";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";

const linesIn = (folder) =>
  readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)),
  );

test("what is refused stands in the log by its code, without what was said", async (t) => {
  const folder = temporaryFolder(t, "log");
  const env = userEnv(join(folder, "home"));
  const workspace = join(folder, "workspace");
  const ran = await cadre(["undo", "no-such-project", "--effect", "sk-marked-0123456789", "--workspace", workspace, "--json"], env);
  assert.equal(jsonLine(ran).error.code, "not_found");
  const logs = join(folder, "home", ".local", "state", "cadre", "logs");
  const refused = linesIn(logs).filter((line) => line.fields.code === "not_found");
  assert.deepEqual(refused.map((line) => [line.level, line.fields.operation]), [["INFO", "effect.undo"]]);
  for (const name of readdirSync(logs)) {
    assert.doesNotMatch(readFileSync(join(logs, name), "utf8"), /marked/, "nothing of what was said is in it");
    assert.equal(statSync(join(logs, name)).mode & 0o777, 0o600, "only its user can read it");
  }
  const { checks } = jsonLine(await cadre(["doctor", "--workspace", workspace, "--json"], env));
  assert.equal(checks.find((check) => check.name === "log").found, logs, "doctor says where it is");
});

test("what the interface reports is bounded, cleaned, and read back by page", async (t) => {
  const folder = temporaryFolder(t, "log");
  const { server } = await serve(folder);
  t.after(() => stop(server));
  const { url, bearer } = JSON.parse(readFileSync(join(folder, "workspace", ".cadre", "server.json"), "utf8"));
  const call = async (operation, input) => {
    const response = await fetch(`${url}/api/v1/${operation}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
      body: JSON.stringify(input),
    });
    assert.equal(response.status, 200, operation);
    return response.json();
  };
  const message = `TypeError: x is undefined\u0007 Bearer marked-0123456789 ${"y".repeat(100_000)}`;
  await call("system.report_error", { message, place: "#/projects" });
  const page = await call("system.logs", { after: null, limit: 10, level: "error", text: "typeerror" });
  assert.equal(page.lines.length, 1);
  const [line] = page.lines;
  assert.deepEqual([line.level, line.target], ["error", "interface"]);
  assert.match(line.details, /place=#\/projects/);
  assert.ok(line.message.length < 5000, "a page that fails without end does not fill a disk");
  assert.doesNotMatch(line.message, /marked|\u0007/, "no key, and nothing that a terminal would obey");
});
