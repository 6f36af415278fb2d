// The tools that build and check: Rust, Node, and two cargo subcommands at the version this project pins.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { read, runToStderr } from "../commands.mjs";
import { root } from "../places.mjs";

export function parseVersion(text) {
  const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text ?? "");
  return found && [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)];
}

export function isAtLeast(version, minimum) {
  for (let i = 0; i < 3; i += 1) {
    if (version[i] !== minimum[i]) return version[i] > minimum[i];
  }
  return true;
}

/** Each part of a range as package.json writes it, of the two kinds that are needed here: `^20.19` and `>=22.12`. */
function partsOf(range) {
  return range.split("||").map((part) => {
    const found = /^(\^|>=)(\d+(?:\.\d+){0,2})$/.exec(part.trim());
    if (!found) throw new Error(`the range "${range}" is of a kind that is not read here`);
    const [major, minor = 0, patch = 0] = found[2].split(".").map(Number);
    return { text: found[2], minimum: [major, minor, patch], below: found[1] === "^" ? major + 1 : Infinity };
  });
}

export function isWithin(version, range) {
  return partsOf(range).some(({ minimum, below }) => isAtLeast(version, minimum) && version[0] < below);
}

export function inWords(range) {
  const parts = partsOf(range).map(({ text, below }) => `${text} or newer${below < Infinity ? ` below ${below}` : ""}`);
  return parts.join(", or ");
}

/** What package.json says about the versions of Node and npm: the one place that does. */
export function engines() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines;
}

/** The oldest compiler that Cargo.toml admits. */
export function rustVersion(manifest) {
  const found = /^rust-version\s*=\s*"([^"]+)"/m.exec(manifest);
  if (!found) throw new Error("Cargo.toml has no rust-version in [workspace.package]");
  return found[1];
}

export function checkRust() {
  const needed = rustVersion(readFileSync(join(root, "Cargo.toml"), "utf8"));
  const rustc = parseVersion(read("rustc", ["--version"]));
  const advice = `Install it with rustup (rustup.rs), or run "rustup update stable" if you have rustup.`;
  if (!rustc) return [`Rust ${needed} or newer is needed and rustc was not found. ${advice}`];
  if (!isAtLeast(rustc, parseVersion(needed))) {
    return [`Rust ${needed} or newer is needed; rustc is ${rustc.join(".")}. ${advice}`];
  }
  return [];
}

/** rustfmt and clippy are components that a minimal Rust installation lacks. */
export function checkRustComponents() {
  return ["rustfmt", "clippy"]
    .filter((component) => read("cargo", [component === "rustfmt" ? "fmt" : component, "--version"]) === null)
    .map((component) => `${component} was not found. Install it: rustup component add ${component}`);
}

export function checkNode(version = process.versions.node) {
  const { node } = engines();
  if (isWithin(parseVersion(version), node)) return [];
  return [`Node ${inWords(node)} is needed; this is ${version}. Install it from nodejs.org.`];
}

/** npm 10 cannot install the platform packages of Vite 8. */
export function checkNpm() {
  const range = engines().npm;
  // npm names itself to the scripts that it starts, which saves asking it (a third of a second).
  const named = /^npm\/(\S+)/.exec(process.env.npm_config_user_agent ?? "")?.[1];
  const npm = parseVersion(named ?? read("npm", ["--version"]));
  if (!npm) return [`npm ${inWords(range)} is needed and npm was not found. It comes with Node.`];
  if (isWithin(npm, range)) return [];
  return [`npm ${inWords(range)} is needed; this is ${npm.join(".")}. Install it: npm install --global npm@11`];
}

/** Cargo subcommands that we install ourselves, built from their published source. */
export const subcommands = {
  nextest: { crate: "cargo-nextest", version: "0.9.143", accept: /^0\.9\.(\d{3,})/, args: [], env: {} },
  // Its release profile links with full LTO on one thread; without optimisation it is built in about a
  // minute and checks our lock file in a few seconds.
  deny: {
    crate: "cargo-deny",
    version: "0.20.2",
    accept: /^0\.20\./,
    args: ["--debug"],
    env: { CARGO_PROFILE_DEV_DEBUG: "0" },
  },
};

export function installSubcommand(name, say) {
  const { crate, version, accept, args, env } = subcommands[name];
  const present = /(\d+\.\d+\.\d+\S*)/.exec(read("cargo", [name, "--version"]) ?? "")?.[1];
  if (present && accept.test(present)) return [];
  const command = ["install", crate, "--version", version, "--locked", ...args];
  say(`Installing ${crate} ${version} with cargo, which takes a few minutes${present ? ` (${present} does not fit)` : ""}`);
  const extra = present ? ["--quiet", "--force"] : ["--quiet"];
  // In cargo's own temporary folder: in ours it would wait for, and stay among, the builds of the project.
  if (runToStderr("cargo", [...command, ...extra], { ...env, CARGO_TARGET_DIR: undefined }) === 0) return [];
  return [`${crate} could not be installed; cargo's own words are above. By hand:\n  cargo ${command.join(" ")}`];
}
