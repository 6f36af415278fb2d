import assert from "node:assert/strict";
import { test } from "node:test";
import { commandEnv, targetDir } from "./places.mjs";
import { notInstalled, packages } from "./setup/debian.mjs";
import { stampOf } from "./setup/node-modules.mjs";
import { elsewhere, needsOf } from "./setup/prepare.mjs";
import { isAtLeast, parseVersion, rustVersion, subcommands } from "./setup/toolchain.mjs";

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
