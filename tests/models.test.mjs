// Keys and services with models, through the programs as they ship: a machine without a keychain, and a vault file.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { cadre, jsonLine, temporaryFolder, userEnv } from "./support/cadre.mjs";

const KEY = "sk-marked-0123456789abcdef";

/** A service that gives its models to whoever has the key. */
async function service(t) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? "");
    const known = request.headers.authorization === `Bearer ${KEY}`;
    response.writeHead(known ? 200 : 401, { "content-type": "application/json", connection: "close" });
    const refusal = { error: { message: `Incorrect API key: ${request.headers.authorization}` } };
    response.end(JSON.stringify(known ? { object: "list", data: [{ id: "gpt-5-mini" }] } : refusal));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return { address: `http://127.0.0.1:${server.address().port}/v1`, asked };
}

function filesWith(folder, part) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesWith(path, part);
    return entry.isFile() && readFileSync(path).includes(part) ? [path] : [];
  });
}

const checkOf = (doctor, name) => jsonLine(doctor).checks.find((check) => check.name === name);

test("without a keychain the doctor says where keys lie and what to do", async (t) => {
  const folder = temporaryFolder(t, "no-keychain");
  const workspace = ["--workspace", join(folder, "workspace"), "--json"];
  const doctor = await cadre(["doctor", ...workspace], userEnv(join(folder, "home")));
  const vault = checkOf(doctor, "keys lie in");
  assert.equal(vault.state, "limited", "a machine without a keychain works, with less");
  assert.match(vault.found, /^memory: no keychain can be used here/);
  assert.match(vault.hint, /vault file/);
  assert.match(checkOf(doctor, "model endpoint").hint, /works without one/);
});

test("a key goes from standard input into the vault file and to its service, and nowhere else", async (t) => {
  const folder = temporaryFolder(t, "vault-file");
  const { address, asked } = await service(t);
  const vault = join(folder, "keys.age");
  writeFileSync(join(folder, "passphrase"), "open sesame\n", { mode: 0o600 });
  const env = userEnv(join(folder, "home"), {
    CADRE_VAULT: vault,
    CADRE_VAULT_PASSPHRASE_FILE: join(folder, "passphrase"),
  });
  const run = (args, input) =>
    cadre([...args, "--workspace", join(folder, "workspace"), "--json"], env, folder, input);
  const at = ["openai", "--address", address];

  const refused = await run(["model", "key", ...at], "sk-wrong-0123456789\n");
  assert.equal(refused.code, 1);
  assert.equal(jsonLine(refused).error.code, "key_rejected");
  assert.doesNotMatch(refused.stdout + refused.stderr, /sk-wrong/, "what was entered is not repeated");

  const added = jsonLine(await run(["model", "key", ...at], `${KEY}\n`));
  assert.deepEqual([added.vault, added.models.map((model) => model.id)], ["file", ["gpt-5-mini"]]);
  const enabled = jsonLine(
    await run(["model", "enable", ...at, "--model", "gpt-5-mini", "--daily-limit-cents", "250", "--yes"]),
  );
  assert.deepEqual([enabled.daily_limit_usd, enabled.local, enabled.key], ["$2.50", true, added.name]);
  // Another process: the key comes out of the file.
  const doctor = await run(["doctor"]);
  assert.equal(checkOf(doctor, "keys lie in").state, "good");
  assert.match(checkOf(doctor, "model endpoint").found, /1 models/);

  const before = asked.length;
  const wrong = { ...env, CADRE_VAULT_PASSPHRASE_FILE: join(folder, "other") };
  writeFileSync(join(folder, "other"), "open barley\n");
  const locked = await cadre(["doctor", "--workspace", join(folder, "workspace"), "--json"], wrong, folder);
  assert.equal(locked.code, 1, "a vault file that does not open is a finding");
  assert.match(checkOf(locked, "keys lie in").found, /passphrase does not open/);
  assert.equal(asked.length, before, "and nothing was sent without its key");

  assert.deepEqual(filesWith(folder, KEY), [], "no file has the key, the vault's included");
  assert.equal((await run(["model", "revoke", added.name])).code, 0);
  const list = jsonLine(await run(["model", "list"]));
  assert.deepEqual([list.keys, list.endpoints.map((it) => it.enabled)], [[], [false]]);
  assert.equal(jsonLine(await run(["verify"])).verified, true);
});
