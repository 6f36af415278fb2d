import assert from "node:assert/strict";
import { test } from "node:test";
import { judgePackages, judgeSource, mayDependOn, productionLines } from "./layers.mjs";

/** Packages as `cargo metadata` has them, from {"cadre-api": ["cadre-engine", "dev cadre-testkit"]}. */
function packages(edges) {
  return Object.entries(edges).map(([name, dependencies]) => ({
    name,
    dependencies: dependencies.map((text) => {
      const [, kind, dependency] = /^(?:(dev|build) )?(.+)$/.exec(text);
      return { name: dependency, kind: kind ?? null };
    }),
  }));
}

const judge = (edges) => judgePackages(packages(edges));

test("the layers as designed have no violation", () => {
  assert.deepEqual(
    judge({
      "cadre-core": ["serde"],
      "cadre-graph": ["tokio", "petgraph"],
      "cadre-exec": ["landlock"],
      "cadre-functions": ["cadre-core"],
      "cadre-intake": ["cadre-core", "build cadre-core"],
      "cadre-store": ["cadre-core", "cadre-graph", "rusqlite", "libsqlite3-sys"],
      "cadre-agents": ["cadre-core", "cadre-exec"],
      "cadre-engine": ["cadre-agents", "cadre-models", "cadre-vault", "cadre-intake", "cadre-store", "cadre-graph", "cadre-core"],
      "cadre-api": ["cadre-engine", "cadre-core"],
      "cadre-cli": ["cadre-api", "dev cadre-testkit", "dev cadre-store"],
      "cadre-desktop": ["cadre-api", "tauri", "build tauri-build"],
    }),
    [],
  );
});

for (const [why, edges, named] of [
  ["an import that goes up", { "cadre-store": ["cadre-engine"] }, "cadre-store → cadre-engine"],
  ["siblings that know each other", { "cadre-agents": ["cadre-store"] }, "cadre-agents → cadre-store"],
  ["a host that reaches past the api", { "cadre-cli": ["cadre-store"] }, "cadre-cli → cadre-store"],
  ["a second way to a model", { "cadre-api": ["cadre-models"] }, "cadre-api → cadre-models"],
  ["a second way to a secret", { "cadre-agents": ["cadre-vault"] }, "cadre-agents → cadre-vault"],
  ["graph with knowledge of the domain", { "cadre-graph": ["cadre-core"] }, "cadre-graph → cadre-core"],
  ["a function agent with more than the contract", { "cadre-functions": ["cadre-exec"] }, "cadre-functions → cadre-exec"],
  ["a build-dependency that goes up", { "cadre-intake": ["build cadre-store"] }, "cadre-intake → cadre-store"],
  ["a dev-dependency that goes up", { "cadre-store": ["dev cadre-api"] }, "cadre-store → cadre-api (dev)"],
  ["a dev-dependency on a sibling", { "cadre-agents": ["dev cadre-store"] }, "cadre-agents → cadre-store (dev)"],
  ["the testkit in a product", { "cadre-api": ["cadre-testkit"] }, "cadre-api → cadre-testkit"],
  ["an unknown crate", { "cadre-common": [] }, "cadre-common"],
  ["an import of an unknown crate", { "cadre-api": ["cadre-common"] }, "cadre-api → cadre-common"],
  ["SQL outside the store", { "cadre-engine": ["rusqlite"] }, "cadre-engine → rusqlite"],
  ["the webview outside the shell", { "cadre-api": ["tauri"] }, "cadre-api → tauri"],
  ["a Tauri plugin outside the shell", { "cadre-vault": ["tauri-plugin-store"] }, "cadre-vault → tauri-plugin-store"],
  ["a runtime in the domain", { "cadre-core": ["tokio"] }, "cadre-core → tokio"],
]) {
  test(`${why} is a violation, and is named`, () => {
    const violations = judge(edges);
    assert.equal(violations.length, 1, violations.join("\n"));
    assert.ok(violations[0].startsWith(`${named}:`), violations[0]);
  });
}

test("a member that is no crate of the map is a violation even without the prefix", () => {
  assert.equal(judge({ helpers: [] }).length, 1);
});

test("the map itself has no cycle", () => {
  const visit = (crate, path) => {
    assert.ok(!path.includes(crate), [...path, crate].join(" → "));
    for (const next of mayDependOn[crate]) visit(next, [...path, crate]);
  };
  for (const crate of Object.keys(mayDependOn)) visit(crate, []);
});

const engine = "src-tauri/crates/cadre-engine/src/run.rs";

for (const [why, path, text, expected] of [
  ["SQL in the engine", engine, "use rusqlite::Row;", 1],
  ["SQL in the store", "src-tauri/crates/cadre-store/src/ledger.rs", "use rusqlite::Row;", 0],
  ["a comment about SQL", engine, "/// Unlike rusqlite::Statement, this knows nothing of SQL.", 0],
  ["Tauri in the api", "src-tauri/crates/cadre-api/src/lib.rs", "fn f(app: &tauri::AppHandle) {}", 1],
  ["a Tauri plugin in the api", "src-tauri/crates/cadre-api/src/lib.rs", "tauri_plugin_notification::init()", 1],
  ["Tauri in the shell", "src-tauri/src/main.rs", "tauri::Builder::default()", 0],
  ["the word as part of another", "src-tauri/crates/cadre-api/src/lib.rs", "centauri::orbit()", 0],
  ["@tauri-apps in a screen", "ui/src/home/Home.tsx", 'import { invoke } from "@tauri-apps/api/core";', 1],
  ["@tauri-apps behind the door", "ui/src/ipc/client.ts", 'import { invoke } from "@tauri-apps/api/core";', 0],
  ["a stray task", engine, "    tokio::spawn(async move {});", 1],
  ["a stray task by its long name", engine, "    tokio::task::spawn(work());", 1],
  ["an imported spawn", engine, "use tokio::{spawn, sync::mpsc};", 1],
  ["a blocking section", engine, "    tokio::task::spawn_blocking(work)", 0],
  ["the owner of tasks", "src-tauri/crates/cadre-engine/src/tasks.rs", "    tokio::spawn(work)", 0],
  ["a task in an integration test", "src-tauri/crates/cadre-engine/tests/run.rs", "tokio::spawn(work);", 0],
  ["a task in a unit test", engine, "#[cfg(test)]\nmod tests {\n    fn f() { tokio::spawn(work()); }\n}", 0],
  ["a task after a unit test", engine, "#[cfg(test)]\nmod tests {\n}\nfn f() { tokio::spawn(work()); }", 1],
]) {
  test(`${why}: ${expected === 0 ? "allowed" : "a violation with its line"}`, () => {
    const violations = judgeSource(path, text);
    assert.equal(violations.length, expected, violations.join("\n"));
    if (expected > 0) assert.match(violations[0], new RegExp(`^${path}:\\d+: `));
  });
}

test("line numbers survive the removal of tests and comments", () => {
  const lines = productionLines("a\n#[cfg(test)]\nmod tests {\n  x\n}\nb // c");
  assert.deepEqual(lines, ["a", "#[cfg(test)]", "", "", "", "b"]);
});
