// System packages on Debian and its relatives. A package is listed under what needs it, with the reason.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export const packages = {
  build: {
    "build-essential": "SQLite is compiled from its C source; Rust links with the C tool chain",
    "pkg-config": "-sys crates find system libraries with it",
    git: "the checks list tracked files; projects work in git worktrees",
    "ca-certificates": "cargo and npm download over TLS",
  },
  run: {
    bubblewrap: "the stronger of the two confinements for commands; its tests use it",
  },
  databaseTest: {
    postgresql: "the store's tests run on a real PostgreSQL too; they start one of their own on a socket",
  },
  keychainTest: {
    dbus: "the keychain's tests run on a session bus of their own",
    "gnome-keyring": "a real Secret Service for the keychain's tests",
  },
  uiTest: {
    chromium: "the interface's tests run in a real browser; npm's own browser downloads are not used",
    "fonts-dejavu-core": "without a font every glyph has no width, and layout tests measure nothing",
  },
  desktopBuild: {
    "libwebkit2gtk-4.1-dev": "the webview that Tauri links",
    "libgtk-3-dev": "the window around it",
    "libayatana-appindicator3-dev": "the tray icon",
    "librsvg2-dev": "GTK loads SVG icons with it",
    file: "the bundler asks it for file types",
    patchelf: "the bundler rewrites library paths",
  },
  desktopRun: {
    "libayatana-appindicator3-1": "the tray icon is loaded at run time, not linked",
    "xdg-utils": "opening a link in the user's browser",
  },
  desktopTest: {
    xvfb: "a display for the real window",
    xauth: "xvfb-run needs it",
    "webkit2gtk-driver": "WebDriver to the real window",
    dbus: "a session bus of the test's own",
    dunst: "shows notifications, so that their buttons can be tested",
    "libglib2.0-bin": "gdbus: a forged notification comes from another process on the bus",
    "python3-dbus": "the tray that the tests look at",
    "python3-gi": "the tray that the tests look at",
    openbox: "a window manager, by which a window is closed",
    xdotool: "presses keys in the desktop's own dialog",
    "x11-utils": "xprop: whether the window manager is up",
    imagemagick: "pictures of the window",
  },
};

export const isDebian = () => existsSync("/etc/debian_version");

/** Names under the given purposes that dpkg does not report as installed. */
export function missing(purposes) {
  const wanted = purposes.flatMap((purpose) => Object.keys(packages[purpose]));
  if (wanted.length === 0) return [];
  // Exits with 1 if it does not know a name, but reports the others all the same.
  const report = spawnSync("dpkg-query", ["-W", "-f", "${Package} ${db:Status-Status}\n", ...wanted], {
    encoding: "utf8",
  });
  return notInstalled(wanted, report.stdout ?? "");
}

export function notInstalled(wanted, report) {
  const installed = new Set(
    report
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.split(" ")[0]),
  );
  return wanted.filter((name) => !installed.has(name));
}

const options = ["-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"];

export const byHand = (names) =>
  `sudo apt-get update && sudo apt-get install --no-install-recommends ${names.join(" ")}`;

/** Installs what is missing. Returns a problem in words, or null. */
export function install(names, say) {
  const asRoot = process.getuid?.() === 0;
  if (!asRoot && spawnSync("sudo", ["-V"], { stdio: "ignore" }).status !== 0) {
    return `These Debian packages are missing, and there is neither root nor sudo to install them:\n  ${byHand(names)}`;
  }
  // With a terminal sudo may ask for a password; without one it must not wait for an answer.
  const ask = process.stdin.isTTY ? [] : ["-n"];
  const aptGet = (...args) => {
    const command = ["DEBIAN_FRONTEND=noninteractive", "apt-get", ...args];
    const full = asRoot ? ["env", ...command] : ["sudo", ...ask, "env", ...command];
    return spawnSync(full[0], full.slice(1), { stdio: [asRoot ? "ignore" : "inherit", 2, 2] }).status === 0;
  };

  say(`Installing Debian packages: ${names.join(" ")}`);
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    if (attempt === 2) say("apt-get failed; trying once more");
    // A broken list of somebody else's does not matter as long as ours can be installed.
    aptGet("update", "-q");
    if (aptGet("install", ...options, ...names)) return null;
  }
  return `apt-get could not install these packages; its own words are above. By hand:\n  ${byHand(names)}`;
}
