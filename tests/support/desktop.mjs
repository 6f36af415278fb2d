// A desktop of the test's own: display, session bus, notification server, tray, and the driver of the window. Nothing
// of the machine's own desktop is seen, and all of it ends with the test.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { binDir } from "./cadre.mjs";
import { WebDriver } from "./webdriver.mjs";

const run = promisify(execFile);
const program = join(binDir, "cadre-desktop");
if (!existsSync(program)) {
  throw new Error(`there is no ${program}; build it after the interface, or name its folder in CADRE_BIN_DIR`);
}

/** No servicedirs: nothing starts by itself, so what answers on this bus is what the test started. */
const busConfig = (socket) => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=${socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
`;

/** A notification stays until it is answered; its buttons are offered to a program that picks one by its words. */
const dunstConfig = (pick) => `[global]
dmenu = ${pick}
width = 500
height = 400
font = DejaVu Sans 10
[urgency_low]
timeout = 0
[urgency_normal]
timeout = 0
[urgency_critical]
timeout = 0
`;

/** Looks until it is so. What is looked at lies in other processes, which tell nobody. */
export async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Desktop {
  #children = [];
  #driver = null;

  /** `size` is that of the screen, which the window fills without a window manager. With `framebuffer` the screen's
   *  memory is the file `screen/Xvfb_screen0`. */
  static async start({ size = "1440x900", dark = false, framebuffer = false } = {}) {
    const desktop = new Desktop();
    const folder = mkdtempSync(join(tmpdir(), "cadre-desktop-"));
    desktop.folder = folder;
    for (const name of ["home", "run", "bus"]) mkdirSync(join(folder, name), { mode: 0o700 });
    desktop.env = {
      PATH: process.env.PATH,
      HOME: join(folder, "home"),
      XDG_RUNTIME_DIR: join(folder, "run"),
      LANG: "C.UTF-8",
      TZ: "UTC",
      TMPDIR: process.env.TMPDIR ?? tmpdir(),
      NO_AT_BRIDGE: "1",
      ...(dark && { GTK_THEME: "Adwaita:dark" }),
    };
    try {
      await desktop.#display(size, framebuffer);
      await desktop.#bus();
      await desktop.#notifications();
    } catch (error) {
      await desktop.stop();
      throw error;
    }
    return desktop;
  }

  #spawn(name, args, { env = this.env, stdio = ["ignore", "pipe", "pipe"] } = {}) {
    const child = spawn(name, args, { env, stdio });
    child.said = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (child.said += chunk));
    child.failed = new Promise((_, reject) => {
      child.once("error", (error) => reject(new Error(`${name} does not start: ${error.message}`)));
      child.once("exit", (code, signal) => reject(new Error(`${name} ended with ${code ?? signal}: ${child.said}`)));
    });
    child.failed.catch(() => {}); // heard only while somebody waits for it
    this.#children.push(child);
    return child;
  }

  /** The server chooses a number that is free, and says it once it can be drawn on. */
  async #display(size, framebuffer) {
    const args = ["-displayfd", "3", "-screen", "0", `${size}x24`, "-nolisten", "tcp", "-noreset"];
    if (framebuffer) {
      mkdirSync(join(this.folder, "screen"));
      args.push("-fbdir", join(this.folder, "screen"));
    }
    const server = this.#spawn("Xvfb", args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    const [line] = await Promise.race([once(createInterface({ input: server.stdio[3] }), "line"), server.failed]);
    this.env.DISPLAY = `:${line.trim()}`;
  }

  async #bus() {
    const socket = join(this.folder, "bus", "socket");
    const config = join(this.folder, "bus", "session.conf");
    writeFileSync(config, busConfig(socket));
    const bus = this.#spawn("dbus-daemon", ["--nofork", "--print-address", `--config-file=${config}`]);
    await Promise.race([once(bus.stdout, "data"), bus.failed]);
    this.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${socket}`;
  }

  async #notifications() {
    const pick = join(this.folder, "pick");
    this.picked = join(this.folder, "picked");
    writeFileSync(pick, `#!/bin/sh\ngrep -F "$(cat '${this.picked}')"\n`);
    chmodSync(pick, 0o755);
    const config = join(this.folder, "dunstrc");
    writeFileSync(config, dunstConfig(pick));
    const dunst = this.#spawn("dunst", ["-config", config]);
    await Promise.race([this.#owned("org.freedesktop.Notifications"), dunst.failed]);
  }

  #owned(name) {
    return until(`somebody owns ${name}`, async () => {
      const { stdout } = await this.#gdbus("call", "--dest", "org.freedesktop.DBus", "--object-path",
        "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus.NameHasOwner", name);
      return stdout.includes("true");
    });
  }

  #gdbus(command, ...args) {
    return run("gdbus", [command, "--session", ...args], { env: this.env });
  }

  /** Something that shows tray icons. Gives {items(), menu(), click(label)}. */
  async tray() {
    const watcher = this.#spawn("/usr/bin/python3", [join(import.meta.dirname, "tray.py")], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const lines = createInterface({ input: watcher.stdout })[Symbol.asyncIterator]();
    const ask = async (...words) => {
      if (words.length > 0) watcher.stdin.write(`${JSON.stringify(words)}\n`);
      const { value } = await Promise.race([lines.next(), watcher.failed]);
      return JSON.parse(value);
    };
    await ask();
    return { look: () => ask("look"), click: (label) => ask("click", label) };
  }

  /** Puts frames with a close button around windows. */
  async manageWindows() {
    const manager = this.#spawn("openbox", []);
    await Promise.race([
      until("a window manager is there", async () => {
        const { stdout } = await run("xprop", ["-root", "_NET_SUPPORTING_WM_CHECK"], { env: this.env });
        return stdout.includes("window id");
      }),
      manager.failed,
    ]);
  }

  /** The ids of visible windows with this title. */
  async windows(title) {
    const args = ["search", "--onlyvisible", "--name", `^${title}$`];
    const found = await run("xdotool", args, { env: this.env }).catch(() => ({ stdout: "" }));
    return found.stdout.split("\n").filter(Boolean);
  }

  /** Presses keys in the window with this title, as X knows them: `alt+F4`, `Return`. */
  async pressIn(title, ...keys) {
    const [id] = await until(`the window “${title}” is there`, async () => {
      const ids = await this.windows(title);
      return ids.length > 0 && ids;
    });
    await run("xdotool", ["windowactivate", "--sync", id, "key", "--clearmodifiers", ...keys], { env: this.env });
  }

  /** How many notifications are shown. */
  async notifications() {
    const { stdout } = await run("dunstctl", ["count", "displayed"], { env: this.env });
    return Number(stdout);
  }

  /** Presses the button with these words on the notification that is shown, as a person does. */
  async press(words) {
    writeFileSync(this.picked, words);
    await run("dunstctl", ["context"], { env: this.env });
  }

  /** Taps the body of the notification that is shown. */
  tap() {
    return run("dunstctl", ["action", "0"], { env: this.env });
  }

  /** Claims on the bus, as any process of the user can, that a button of a notification was pressed. */
  async forgePress(number, button, to) {
    const signal = "org.freedesktop.Notifications.ActionInvoked";
    const args = ["--object-path", "/org/freedesktop/Notifications", "--signal", signal, `uint32 ${number}`, button];
    await this.#gdbus("emit", ...(to ? ["--dest", to] : []), ...args);
  }

  /** The names of all connections on the bus. */
  async connections() {
    const { stdout } = await this.#gdbus("call", "--dest", "org.freedesktop.DBus", "--object-path",
      "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus.ListNames");
    return [...stdout.matchAll(/'(:[\d.]+)'/g)].map(([, name]) => name);
  }

  /** Starts the application as a person would, with nobody at its window. */
  launch(args) {
    return this.#spawn(program, args);
  }

  /** Starts the application with a driver at its window. */
  async open(args) {
    const port = await freePort();
    const env = { ...this.env, TAURI_AUTOMATION: "true", TAURI_WEBVIEW_AUTOMATION: "true", CADRE_LOG: "info" };
    const driver = this.#spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], { env });
    this.#driver = await Promise.race([WebDriver.start(`http://127.0.0.1:${port}`, program, args), driver.failed]);
    this.#driver.said = () => driver.said;
    return this.#driver;
  }

  /** The whole screen, with notifications and dialogs. */
  picture(path) {
    execFileSync("import", ["-window", "root", path], { env: this.env });
  }

  async stop() {
    await this.#driver?.stop().catch(() => {});
    for (const child of this.#children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const limit = setTimeout(() => child.kill("SIGKILL"), 5000);
      await ended;
      clearTimeout(limit);
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
