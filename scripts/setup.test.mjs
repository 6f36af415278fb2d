import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { commandEnv, root, targetDir } from "./places.mjs";
import { notInstalled, packages } from "./setup/debian.mjs";
import { stampOf } from "./setup/node-modules.mjs";
import { elsewhere, needsOf } from "./setup/prepare.mjs";
import { checkNode, engines, inWords, isAtLeast, isWithin, parseVersion, rustVersion, subcommands } from "./setup/toolchain.mjs";

test("dpkg's report leaves what is not installed, also what was removed and what it never heard of", () => {
  const report = "git installed\nchromium config-files\n";
  assert.deepEqual(notInstalled(["git", "chromium", "bubblewrap"], report), ["chromium", "bubblewrap"]);
});

test("every Debian package has its reason", () => {
  for (const [purpose, names] of Object.entries(packages)) {
    for (const [name, reason] of Object.entries(names)) assert.ok(reason.length > 10, `${purpose}: ${name}`);
  }
});

test("the demo needs neither npm packages nor checkers", () => {
  assert.deepEqual(needsOf("demo"), { system: ["build", "run"], npm: false, checks: false });
});

test("away from Debian what is missing is told with advice, and nothing is looked for that is there", () => {
  const nothingWorks = () => false;
  assert.deepEqual(elsewhere("darwin", ["build", "run"], () => true), []);
  assert.match(elsewhere("darwin", ["build"], nothingWorks)[0], /xcode-select --install/);
  assert.match(elsewhere("win32", ["build"], nothingWorks)[0], /Git for Windows/);
  assert.match(elsewhere("linux", ["build", "run"], nothingWorks).join("\n"), /bwrap was not found[\s\S]*build-essential/);
});

test("versions compare by number", () => {
  assert.ok(isAtLeast(parseVersion("rustc 1.100.0 (abc 2027-01-01)"), parseVersion("1.95")));
  assert.ok(isAtLeast([1, 95, 0], [1, 95, 0]));
  assert.ok(!isAtLeast(parseVersion("1.94.9"), parseVersion("1.95")));
  assert.equal(parseVersion("none"), null);
  assert.equal(parseVersion(null), null);
});

test("Node is taken from the versions on that everything here runs on", () => {
  const taken = { "20.18.3": false, "20.19.0": true, "20.20.2": true, "21.7.3": false, "22.11.0": false, "22.12.0": true,
    "23.0.0": true, "100.0.0": true, "18.20.8": false };
  for (const [version, fits] of Object.entries(taken)) assert.equal(checkNode(version).length === 0, fits, version);
  assert.deepEqual(checkNode("21.7.3"), [
    "Node 20.19 or newer below 21, or 22.12 or newer is needed; this is 21.7.3. Install it from nodejs.org.",
  ]);
});

test("a range is read as package.json means it, or not at all", () => {
  assert.ok(isWithin([11, 0, 0], ">=11") && !isWithin([10, 99, 0], ">=11"));
  assert.ok(isWithin([20, 19, 1], "^20.19.1") && !isWithin([20, 19, 0], "^20.19.1"));
  assert.equal(inWords(">=11"), "11 or newer");
  for (const other of ["~20.1", "20.x", ">=20 <21", ""]) assert.throws(() => isWithin([20, 1, 0], other), /is of a kind/, other);
});

test("the lock file repeats what package.json says about Node and npm", () => {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  assert.deepEqual(lock.packages[""].engines, engines());
});

test("the oldest compiler is read from the manifest", () => {
  assert.equal(rustVersion('[workspace.package]\nedition = "2024"\nrust-version = "1.95"\n'), "1.95");
});

test("the version that is installed of a cargo subcommand is one that is accepted", () => {
  for (const { version, accept } of Object.values(subcommands)) assert.match(version, accept);
});

test("build output lies in the user's cache, unless told otherwise", () => {
  assert.equal(targetDir({ XDG_CACHE_HOME: "/c" }, "linux"), "/c/cadre/target");
  assert.match(targetDir({}, "linux"), /\/\.cache\/cadre\/target$/);
  assert.match(targetDir({}, "darwin"), /Library\/Caches\/cadre\/target$/);
  assert.equal(targetDir({ CARGO_TARGET_DIR: "/t" }, "linux"), "/t");
});

test("cargo is found even in a shell from before its installation, after what the user put first", () => {
  const env = commandEnv({ PATH: "/usr/bin", CARGO_HOME: "/home/a/.cargo" });
  assert.equal(env.PATH, "/usr/bin:/home/a/.cargo/bin");
});

test("the stamp of the installed packages follows the lock file and the platform", () => {
  const machine = { platform: "linux", arch: "x64", versions: { node: "20.20.2" } };
  const stamp = stampOf("lock", machine);
  assert.equal(stamp, stampOf("lock", { ...machine, versions: { node: "20.21.0" } }));
  assert.notEqual(stamp, stampOf("lock 2", machine));
  assert.notEqual(stamp, stampOf("lock", { ...machine, arch: "arm64" }));
});
