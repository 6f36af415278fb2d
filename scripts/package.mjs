// npm run package: the Debian package of the desktop application, with the programs that it works with beside it.
// `--dev` packages a dev build: quick, for looking at the package itself.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runToStderr } from "./commands.mjs";
import { root, targetDir } from "./places.mjs";
import { besideTheWindow, shellArgs } from "./programs.mjs";
import { prepareOrExit } from "./setup/prepare.mjs";

function stop(reason) {
  console.error(`[package] ${reason}`);
  process.exit(1);
}

function step(program, args) {
  if (runToStderr(program, args) !== 0) stop(`${program} ${args[0]} failed; its own words are above`);
}

if (process.platform !== "linux") stop("only the Debian package is made today, on Linux");
const dev = process.argv.includes("--dev");
const output = join(targetDir(), dev ? "debug" : "release");

prepareOrExit("package");
step("npm", ["run", "ui:build"]);
step("cargo", [...shellArgs, ...(dev ? [] : ["--release"])]);

// Tauri packs the program with the window. The others are looked for in the folder that it lies in; `cadre serve` looks
// for the interface beside that.
const files = {
  ...Object.fromEntries(besideTheWindow.map((name) => [`/usr/bin/${name}`, join(output, name)])),
  "/usr/share/cadre/ui": join(root, "ui", "dist"),
};
const config = JSON.stringify({ bundle: { linux: { deb: { files } } } });
const folder = join(output, "bundle", "deb");
rmSync(folder, { recursive: true, force: true }); // what is printed below was made now
step("npx", ["tauri", "bundle", "--bundles", "deb", "--config", config, ...(dev ? ["--debug"] : [])]);
for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".deb"))) console.log(join(folder, name));
