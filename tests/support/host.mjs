// `cadre serve` without the window of a browser: its process, and a person's session with it.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { binDir } from "./cadre.mjs";

/** Starts it, and waits for the link that it prints. Gives {child, link}. */
export async function serve(workspace, env, ui) {
  const args = ["serve", "--workspace", workspace, ...(ui ? ["--ui", ui] : [])];
  const child = spawn(join(binDir, "cadre"), args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const link = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`cadre serve ended with ${code}: ${said}`)));
    createInterface({ input: child.stdout }).once("line", (line) => resolve(new URL(line.trim())));
  });
  child.removeAllListeners("exit");
  return { child, link };
}

/** A session of the person with it: spends the link's code. Gives {bearer, call(operation, input)}. */
export async function session({ link }) {
  const ask = async (operation, input, bearer) => {
    const headers = { "content-type": "application/json", origin: link.origin, "sec-fetch-site": "same-origin" };
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    const url = `${link.origin}/api/v1/${operation}`;
    const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(input) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${operation}: ${JSON.stringify(body)}`);
    return body;
  };
  const { bearer } = await ask("session.exchange", { code: /code=([^&]+)/.exec(link.hash)[1] });
  return { bearer, call: (operation, input = {}) => ask(operation, input, bearer) };
}

/** A page of the interface in a browser, with this session. */
export async function signedIn(browser, { link }, { bearer }, place) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addInitScript((value) => sessionStorage.setItem("cadre.bearer", value), bearer);
  const page = await context.newPage();
  await page.goto(`${link.origin}/#${place}`);
  return page;
}
