// A model that is served on this machine: a mock of the wire formats by other hands, which answers by fixtures.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const program = join(import.meta.dirname, "..", "..", "node_modules", ".bin", "llmock");

/** Starts it on a free port. Gives {address, stop()}. */
export async function serveModel(fixtures) {
  const folder = mkdtempSync(join(tmpdir(), "cadre-model-"));
  const file = join(folder, "fixtures.json");
  writeFileSync(file, JSON.stringify({ fixtures }));
  const child = spawn(program, ["--port", "0", "--fixtures", file], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => (said += chunk));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const address = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the model ended with ${code}: ${said}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, found] = /listening on (\S+)/.exec(line) ?? [];
      if (found) resolve(found);
    });
  });
  return { address, stop };
}
