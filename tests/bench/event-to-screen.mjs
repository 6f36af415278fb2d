// From the moment an entry of the ledger is made to the frame in which the window shows what it tells: requests that
// another program files while Home is open, in the desktop application and in a browser.
import { join } from "node:path";
import { launch, stop } from "../support/browser.mjs";
import { binDir } from "../support/cadre.mjs";
import { serve, session, signedIn } from "../support/host.mjs";
import { readDatabase } from "../support/sqlite.mjs";
import { closed, percentile, rounded, run } from "./workspace.mjs";

const limits = { p95_ms: 100 };
const EVENTS = Number(process.env.EVENTS ?? 100);

/** Runs in the page: the time of the frame after the one in which `text` was put on the page. */
const SEE = `const [text, done] = arguments;
  const there = () => document.querySelector("main").textContent.includes(text);
  const painted = () => requestAnimationFrame(() => setTimeout(() => done(Date.now()), 0));
  if (there()) return painted();
  const watcher = new MutationObserver(() => {
    if (!there()) return;
    watcher.disconnect();
    painted();
  });
  watcher.observe(document.body, { subtree: true, childList: true, characterData: true });`;

/** When each was filed, in milliseconds, by its text. */
function filed(workspace) {
  const database = readDatabase(join(workspace, ".cadre", "cadre.sqlite"));
  const entries = database.rows("ledger").map(({ body }) => JSON.parse(body.toString("utf8")));
  return entries.filter((entry) => entry.kind === "request.filed").map((entry) => Number(entry.at) / 1000);
}

async function delays({ workspace, env }, see) {
  const before = filed(workspace).length;
  const seen = [];
  for (let number = 0; number < EVENTS; number += 1) {
    const text = `Thank customer number ${number} of ${before}`;
    const [at] = await Promise.all([
      see(text),
      run(join(binDir, "cadre"), ["request", text, "--json", "--workspace", workspace], { env }),
    ]);
    seen.push(at);
  }
  const made = filed(workspace).slice(before);
  if (made.length !== EVENTS) throw new Error(`${made.length} requests were filed, not ${EVENTS}`);
  const all = seen.map((at, index) => at - made[index]);
  return { p50_ms: rounded(percentile(all, 0.5)), p95_ms: rounded(percentile(all, 0.95)), most_ms: rounded(Math.max(...all)) };
}

async function inWindow(Desktop, place) {
  const desktop = await Desktop.start({ size: "1280x840" });
  try {
    const window = await desktop.open(["--workspace", place.workspace]);
    await window.words("Thank customer");
    // The one who files belongs to the same user, and so finds the same socket.
    return await delays({ ...place, env: desktop.env }, (text) => window.later(SEE, text));
  } finally {
    await desktop.stop();
    await closed(place.workspace);
  }
}

async function inBrowser(place) {
  const host = await serve(place.workspace, place.env, place.ui);
  const browser = await launch();
  try {
    const page = await signedIn(browser, host, await session(host), "/");
    await page.getByText("Thank customer").first().waitFor();
    const see = ([script, text]) => new Promise((done) => new Function(script)(text, done));
    return await delays(place, (text) => page.evaluate(see, [SEE, text]));
  } finally {
    await browser.close();
    await stop(host.child);
  }
}

export async function eventToScreen({ Desktop, ...place }) {
  const figures = { events: EVENTS, window: await inWindow(Desktop, place), browser: await inBrowser(place) };
  const within = figures.window.p95_ms < limits.p95_ms && figures.browser.p95_ms < limits.p95_ms;
  return { figures, limits, within };
}
