// The window as the host of a workspace: beside other programs, without a tray, closed, quit and started again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { binDir, cadre, jsonLine } from "../support/cadre.mjs";
import { Desktop, until } from "../support/desktop.mjs";
import { smallRepository } from "../support/folders.mjs";
import { readDatabase } from "../support/sqlite.mjs";

const LIMIT = { timeout: 120_000 };

async function start(t) {
  const desktop = await Desktop.start();
  t.after(() => desktop.stop());
  return { desktop, workspace: join(desktop.folder, "workspace") };
}

function entries(workspace, kind) {
  const rows = readDatabase(join(workspace, ".cadre", "cadre.sqlite")).rows("ledger");
  return rows.map(({ body }) => JSON.parse(body.toString("utf8"))).filter((entry) => entry.kind === kind);
}

const ended = (child) => (child.exitCode === null ? once(child, "exit").then(([code]) => code) : child.exitCode);

/** A project whose one program runs until a file appears: work that can be drained or stopped. Gives {release}. */
async function endlessWork(desktop, workspace) {
  const repository = smallRepository(join(desktop.folder, "sample"));
  const release = join(repository, "release");
  const program = join(desktop.folder, "patient");
  const result = JSON.stringify({ contract: 1, summary: "Waited.", data: { kind: "none" }, files: [] });
  writeFileSync(program, `#!/bin/sh
cat > /dev/null
while ! test -e '${release}'; do sleep 0.1; done
printf %s '${result}'
`, { mode: 0o755 });
  const ask = async (...args) => {
    const ran = await cadre([...args, "--json", "--workspace", workspace], desktop.env);
    assert.equal(ran.code, 0, `cadre ${args.join(" ")}: ${ran.stdout}${ran.stderr}`);
    return jsonLine(ran);
  };
  await ask("status"); // the workspace is there now, and has its agent files
  const file = join(workspace, "agents", "engineering", "git-historian.md");
  const text = readFileSync(file, "utf8").replace("program: cadre-functions", `program: ${program}`);
  writeFileSync(file, text.replace("args: [git-historian]", "args: []"));
  return { repository, ask, release: () => writeFileSync(release, "") };
}

test("another program joins the window's workspace, and a held one is told of until it is free", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  const child = spawn(join(binDir, "cadre"), ["serve", "--workspace", workspace], {
    env: desktop.env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(createInterface({ input: child.stdout }), "line");
  const window = await desktop.open(["--workspace", workspace]);
  await window.words("The workspace is not open in this window");
  await window.words("workspace_held");
  child.kill("SIGINT");
  await ended(child);
  await window.click(await window.byRole("button", "Try again"));
  await window.byRole("heading", "Say what you need");
  const joined = jsonLine(await cadre(["status", "--json", "--workspace", workspace], desktop.env));
  assert.ok(joined, "the window is the host now, and answers others");
});

test("a record that cannot be read for a while is said in window and tray, and followed again from where it was", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  const sign = join(desktop.folder, "unreadable");
  desktop.env.CADRE_UNREADABLE = sign;
  const tray = await desktop.tray();
  const window = await desktop.open(["--workspace", workspace]);
  await window.byRole("heading", "Say what you need");
  const ask = async (text) =>
    assert.equal((await cadre(["request", text, "--workspace", workspace, "--json"], desktop.env)).code, 0);
  const planned = async (text) => {
    const ran = await cadre(["request", text, "--workspace", workspace, "--json"], desktop.env);
    assert.equal((await cadre(["plan", jsonLine(ran).id, "--workspace", workspace, "--json"], desktop.env)).code, 0);
  };
  await ask("What is a checkpoint?");
  await window.words("What is a checkpoint?");
  writeFileSync(sign, "");
  await planned("find out why my tomatoes die");
  await window.words("What happens cannot be read");
  await until("the tray does not know what waits", async () => (await tray.look()).label === "?");
  rmSync(sign);
  await window.words("find out why my tomatoes die");
  await until("the tray counts the plan that waits", async () => (await tray.look()).label === "1");
});

test("without session bus, notifications and tray the window works all the same", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  desktop.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${join(desktop.folder, "no-bus")}`;
  const window = await desktop.open(["--workspace", workspace]);
  await window.byRole("heading", "Say what you need");
});

test("closed, it goes on in the tray; without a tray its close button quits", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  await desktop.manageWindows();
  const first = desktop.launch(["--workspace", workspace]);
  await desktop.pressIn("Cadre", "alt+F4");
  assert.equal(await ended(first), 0, "a hidden window could not be found again");
  const tray = await desktop.tray();
  const second = desktop.launch(["--workspace", workspace]);
  await until("its icon is in the tray", async () => (await tray.look()).item);
  await desktop.pressIn("Cadre", "alt+F4");
  await until("the window is hidden", async () => (await desktop.windows("Cadre")).length === 0);
  assert.equal(second.exitCode, null, "it goes on");
  assert.equal(await ended(desktop.launch(["--workspace", workspace])), 0);
  await until("a second start shows it again", async () => (await desktop.windows("Cadre")).length > 0);
  await tray.click("Quit Cadre");
  assert.equal(await ended(second), 0, "nothing runs, so nothing is asked");
});

test("quitting while work runs asks: go on, let it finish, and nothing is lost", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  await desktop.manageWindows();
  const work = await endlessWork(desktop, workspace);
  const tray = await desktop.tray();
  const app = desktop.launch(["--workspace", workspace]);
  await until("the changed agent waits", async () => (await tray.look()).label === "1");
  const decide = async () => {
    // A plan that waits counts too, and is decided on by its own hash.
    const asked = async () => (await work.ask("status")).inbox.find((it) => it.reason !== "plan");
    const item = await until("something is asked", asked);
    await work.ask("approve", item.id, ...(item.action_hash ? ["--hash", item.action_hash] : []));
  };
  await decide();
  await until("the changed agent is live", async () => (await tray.look()).label === "");
  const request = await work.ask("request", "Review this repository and write a health report", "--folder", work.repository);
  const plan = await work.ask("plan", request.id);
  await work.ask("approve", plan.project, "--plan", String(plan.version), "--hash", plan.hash);
  await until("its program waits for approval", async () => (await tray.look()).label === "1");
  await decide();
  await until("the program runs", () =>
    entries(workspace, "effect.intended").length > entries(workspace, "effect.settled").length);

  await tray.click("Quit Cadre");
  await desktop.pressIn("Quit Cadre", "Escape");
  await until("the question is gone", async () => (await desktop.windows("Quit Cadre")).length === 0);
  assert.equal(app.exitCode, null, "without an answer it goes on");
  assert.equal((await work.ask("status")).projects[0].status, "running");

  await tray.click("Quit Cadre");
  await desktop.pressIn("Quit Cadre", "Return");
  await until("the question is gone", async () => (await desktop.windows("Quit Cadre")).length === 0);
  assert.equal(app.exitCode, null, "what runs may finish first");
  work.release();
  assert.equal(await ended(app), 0);
  const settled = entries(workspace, "effect.settled").map(({ data }) => data.status);
  assert.ok(!settled.includes("unknown"), "nothing was cut off");
  assert.equal(entries(workspace, "effect.intended").length, settled.length, "each effect has its outcome");
  const verified = jsonLine(await cadre(["verify", "--json", "--workspace", workspace], desktop.env));
  assert.equal(verified.verified, true);
});

test("in quiet hours nothing is shown, and the tray counts all the same", LIMIT, async (t) => {
  const { desktop, workspace } = await start(t);
  const config = join(desktop.env.HOME, ".config", "cadre");
  mkdirSync(config, { recursive: true });
  const settings = join(config, "desktop.json");
  writeFileSync(settings, JSON.stringify({ quiet_hours: { from: "00:00", to: "23:59:59.999" } }));
  const tray = await desktop.tray();
  const window = await desktop.open(["--workspace", workspace]);
  await window.byRole("heading", "Say what you need");
  const edit = (name) => {
    const file = join(workspace, "agents", "engineering", `${name}.md`);
    writeFileSync(file, readFileSync(file, "utf8").replace(`args: [${name}]`, `args: [${name}, again]`));
  };
  edit("git-historian");
  await until("the tray counts it", async () => (await tray.look()).label === "1");
  writeFileSync(settings, "{}");
  edit("repository-scout");
  await until("the tray counts both", async () => (await tray.look()).label === "2");
  await until("the second is shown", async () => (await desktop.notifications()) === 1);
});
