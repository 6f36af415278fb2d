// `cadre serve` and a real browser, as a person uses them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright";
import { binDir } from "./cadre.mjs";

const ui = join(import.meta.dirname, "..", "..", "ui", "dist");

/** Starts the host on a workspace below `folder` and waits for the link that it prints. */
export function serve(folder, more = {}, args = []) {
  assert.ok(existsSync(join(ui, "index.html")), `no built interface in ${ui}: run \`npm run ui:build\` first`);
  const child = spawn(join(binDir, "cadre"), ["serve", "--workspace", join(folder, "workspace"), "--ui", ui, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, XDG_STATE_HOME: join(folder, "state"), XDG_DATA_HOME: join(folder, "data"), CADRE_VAULT: "memory", ...more },
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`cadre serve ended with ${code}: ${errors}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve({ server: child, link: line.trim() }));
  });
}

/** Ends the host as Ctrl+C does unless another signal is given, and waits for it. */
export async function stop(server, signal = "SIGINT") {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill(signal);
  await ended;
}

export function launch() {
  return chromium.launch({
    executablePath: process.env.CADRE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** How long the set-up of a journey may take. */
export const PATIENT = { timeout: 60_000 };

/**
 * A workspace of its own, served, with a person's browser in it; both end with the suite. `setUp` comes after that. `env`
 * gives the host's further environment, by the folder that everything lies in.
 */
export function journey(name, setUp, env = () => ({})) {
  const here = {};
  before(async () => {
    here.folder = mkdtempSync(join(tmpdir(), `cadre-${name}-`));
    here.browser = await launch();
    here.context = await here.browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
    await here.begin();
    here.page = await here.context.newPage();
    await setUp(here);
  }, PATIENT);
  after(async () => {
    await here.browser?.close();
    await stop(here.server);
    if (here.folder) rmSync(here.folder, { recursive: true, force: true });
  }, PATIENT);
  let broken = null;
  return Object.assign(here, {
    /** Starts the host, once more after it was stopped: a link works once, so the window is opened by a new one. */
    async begin(args = []) {
      Object.assign(here, await serve(here.folder, env(here.folder), args));
    },
    /** A step of the journey. Where one fails, those after it have nothing to stand on. */
    step(what, act) {
      test(what, async (context) => {
        if (broken) {
          context.skip(`after: ${broken}`);
          return;
        }
        try {
          await act();
        } catch (error) {
          broken = what;
          await here.page?.screenshot({ path: join(tmpdir(), `cadre-${name}-failed.png`) });
          throw error;
        }
      });
    },
    shows: (locator) => locator.first().waitFor({ state: "visible", timeout: 15_000 }),
    button: (label) => here.page.getByRole("button", { name: label }),
    main: () => here.page.getByRole("main"),
    /** What the interface cannot do yet, such as assigning a step, is asked of the same host with the same session. */
    call: (operation, input) => here.page.evaluate(callFromPage, [operation, input]),
    async go(fragment) {
      await here.page.evaluate((to) => {
        location.hash = to;
      }, fragment);
    },
  });
}

async function callFromPage([name, body]) {
  const answer = await fetch(new URL(`api/v1/${name}`, location.href.split("#")[0]), {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${sessionStorage.getItem("cadre.bearer")}` },
    body: JSON.stringify(body),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(JSON.stringify(result));
  return result;
}
