// npm run package: the Debian package of the desktop application.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runToStderr } from "./commands.mjs";
import { hasDesktopShell, targetDir } from "./places.mjs";
import { prepareOrExit } from "./setup/prepare.mjs";

function stop(reason) {
  console.error(`[package] ${reason}`);
  process.exit(1);
}

if (!hasDesktopShell()) {
  stop("nothing to package yet: the desktop shell (src-tauri/tauri.conf.json) is not written. `npm run demo` runs what is.");
}
if (process.platform !== "linux") stop("only the Debian package is made today, on Linux");

prepareOrExit("package");
if (runToStderr("npx", ["tauri", "build", "--bundles", "deb"]) !== 0) {
  stop("tauri build failed; its own words are above");
}
const folder = join(targetDir(), "release", "bundle", "deb");
for (const name of readdirSync(folder).filter((entry) => entry.endsWith(".deb"))) console.log(join(folder, name));
