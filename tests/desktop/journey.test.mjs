// The packaged application's window, tray and notifications, driven as a person drives them: from a request to a result
// whose history verifies, with one effect approved on a notification and others in the Inbox.
// With CADRE_IMAGES=1 the screen is also drawn into docs/images.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Desktop, until } from "../support/desktop.mjs";
import { smallRepository } from "../support/folders.mjs";
import { readDatabase } from "../support/sqlite.mjs";
import { KEYS } from "../support/webdriver.mjs";

const IMAGES = process.env.CADRE_IMAGES ? join(import.meta.dirname, "..", "..", "docs", "images") : null;
const REQUEST = "Review this repository and write a health report";

let desktop;
let window;
let tray;
let workspace;
let repository;

before(async () => {
  desktop = await Desktop.start({ size: "1280x840" }); // as large as the window
  workspace = join(desktop.folder, "workspace");
  repository = smallRepository(join(desktop.folder, "sample"));
  tray = await desktop.tray();
  window = await desktop.open(["--workspace", workspace]);
}, { timeout: 60_000 });

after(() => desktop?.stop(), { timeout: 30_000 });

/** What the ledger says, read without the programs under test. */
function entries(kind) {
  const rows = readDatabase(join(workspace, ".cadre", "cadre.sqlite")).rows("ledger");
  return rows.map(({ body }) => JSON.parse(body.toString("utf8"))).filter((entry) => entry.kind === kind);
}

const decisions = () => entries("decision.made").map(({ data }) => data);

/** A step of the journey. Where one fails, those after it have nothing to stand on. */
let broken = null;
function step(name, act) {
  test(name, { timeout: 90_000 }, async (context) => {
    if (broken) return context.skip(`after: ${broken}`);
    try {
      await act();
    } catch (error) {
      broken = name;
      desktop.picture(join(desktop.env.TMPDIR, "cadre-desktop-failed.png"));
      throw error;
    }
  });
}

const key = (text) => window.keys([text]);
const go = async (place) => {
  await key("g");
  await key(place);
};

async function picture(name) {
  if (!IMAGES) return;
  mkdirSync(IMAGES, { recursive: true });
  for (const theme of ["light", "dark"]) {
    await window.run((theme) => {
      document.documentElement.dataset.theme = theme;
    }, theme);
    await window.settle();
    // The page as it is drawn; the notification's own window only stands on the screen.
    const path = join(IMAGES, `${name}-${theme}.png`);
    if (name === "desktop-notification") desktop.picture(path);
    else writeFileSync(path, await window.picture());
  }
  await window.run(() => {
    delete document.documentElement.dataset.theme;
  });
}

/** Edits a member's file, so that it no longer is as it ships. */
function changeAgent(name, changes) {
  const file = join(workspace, "agents", "engineering", `${name}.md`);
  const text = changes.reduce((text, [from, to]) => text.replace(from, to), readFileSync(file, "utf8"));
  writeFileSync(file, text);
}

/** Looks at the chosen item to its end, as an approval asks, and approves it with its key. */
async function approveInInbox() {
  await window.element("an Approve button that can be pressed", () => {
    for (const part of document.querySelectorAll(".bound .part")) {
      // A long part draws only the lines that are in view, and has a scroll bar of its own.
      for (const lines of part.querySelectorAll("*")) {
        if (lines.scrollHeight > lines.clientHeight) lines.scrollTop = lines.scrollHeight;
      }
      part.lastElementChild.scrollIntoView({ block: "center" });
    }
    return [...document.querySelectorAll("[role=group][aria-label=Decision] button:not([aria-disabled])")].find((it) =>
      /^(Approve|Add|Let)/.test(it.textContent),
    );
  });
  const before = decisions().length;
  await key("a");
  await until("the decision is recorded", () => decisions().length === before + 1);
}

const waiting = (count) =>
  until(`the tray says that ${count} wait`, async () => (await tray.look()).label === (count ? String(count) : ""));

const shown = (count) =>
  until(`${count} notifications are shown`, async () => (await desktop.notifications()) === count);

describe("from a request to a verified result", () => {
  step("the window shows the real interface on an empty workspace", async () => {
    await window.byRole("heading", "Say what you need");
    assert.deepEqual((await tray.look()).menu, [
      "Nothing waiting", "Open Inbox", "Open Cadre", "Stop everything", "Quit Cadre",
    ]);
    await picture("desktop-first-run");
  });

  step("an edited agent waits for a person: the tray counts it, and a tap on the notification opens it", async () => {
    // Other words for the shipped program, which ignores them: it is asked about like any other command.
    changeAgent("repository-scout", [["args: [repository-scout]", "args: [repository-scout, again]"]]);
    await waiting(1);
    assert.equal((await tray.look()).menu[0], "1 waiting");
    await shown(1);
    await desktop.tap();
    await until("the item is open", async () => /^\/inbox\/./.test(await window.page()));
    await shown(0);
    assert.deepEqual(decisions(), [], "a tap only opens");
    await approveInInbox();
    await waiting(0);
  });

  step("a second edited agent is decided on in the Inbox, which the tray opens", async () => {
    const program = join(desktop.folder, "notes");
    const result = {
      contract: 1,
      summary: "Took notes.",
      data: { kind: "notes" },
      files: [{ path: "notes.txt", media_type: "text/plain", content: "Looked at the history.\n" }],
    };
    writeFileSync(program, `#!/bin/sh\ncat > /dev/null\nprintf %s '${JSON.stringify(result)}'\n`, { mode: 0o755 });
    changeAgent("git-historian", [
      ["program: cadre-functions", `program: ${program}`],
      ["args: [git-historian]", "args: []"],
      ["approvals: [", "approvals: [write, "],
    ]);
    await waiting(1);
    await go("h");
    await tray.click("Open Inbox");
    await until("the Inbox is open", async () => (await window.page()).startsWith("/inbox"));
    await approveInInbox();
    await shown(0);
    assert.deepEqual(decisions().map((it) => it.channel), ["window", "window"]);
  });

  step("a typed request shows its reading, which one key corrects", async () => {
    await go("h");
    await window.click(await window.byRole("button", "Folder…"));
    await window.type(await window.byRole("textbox", "Folder the request is about"), repository);
    const request = await window.byRole("textbox", "Request");
    await window.type(request, REQUEST);
    await window.type(request, KEYS.Enter);
    await window.words("classifier in Cadre");
    await key("1");
    await window.words("corrected by");
    await key("2");
    await until("the reading is corrected", () => entries("request.corrected").length + entries("request.read").length >= 2);
  });

  step("the plan is refined once and approved", async () => {
    await window.byRole("region", "How the request was read");
    await key("p");
    await window.words("Plan v1");
    await key("c");
    await window.type(await window.byRole("textbox", "What should change"), "Keep the report to one page");
    await window.keys([KEYS.Enter], [KEYS.Control]);
    await window.words("Plan v2");
    await window.byRole("button", "Approve plan v2");
    await key("a");
    await until("the project is open", async () => /^\/projects\/[^/]+\/run$/.test(await window.page()));
  });

  step("two commands are approved in the Inbox, where their bytes stand", async () => {
    await waiting(2);
    for (let left = 2; left > 0; left -= 1) {
      await go("i");
      await window.byRole("heading", "Approval covers exactly this");

      await approveInInbox();
    }
    const commands = entries("effect.intended").filter(({ data }) => String(data.granted_by ?? data.permit ?? "") !== "");
    assert.ok(commands.length >= 2, "both commands had a permit");
  });

  step("a forged press of a button decides nothing, whoever it is sent to", async () => {
    await waiting(1);
    await shown(1);
    const before = decisions().length;
    for (const to of [undefined, ...(await desktop.connections())]) {
      for (let number = 1; number <= 8; number += 1) await desktop.forgePress(number, "deny", to);
    }
    await picture("desktop-notification");
    // A genuine press comes after the forged ones on the same bus: had one of them counted, this would be too late.
    await desktop.press("Approve");
    await until("the press is recorded", () => decisions().length === before + 1);
    const { decision, channel, action_hash: hash } = decisions().at(-1);
    assert.deepEqual([decision, channel], ["approve", "notification"]);
    assert.match(hash, /^[0-9a-f]{64}$/, "it is of exactly what was shown");
    await shown(0);
  });

  step("the report's files are approved in the Inbox too, and the project completes", async () => {
    const completed = () => entries("project.status").some(({ data }) => data.status === "completed");
    for (const file of ["health-report.md", "health-report.html"]) {
      await window.byRole("heading", `Write ${file}`);
      await approveInInbox();
    }
    await until("the project is completed", completed, 60);
    await go("p");
    await window.byRole("table", "Projects");
    await window.click(await window.element("the project's link", () =>
      document.querySelector("[aria-label=Projects] a[href*='/projects/']")));
    await window.byRole("heading", "Done when");
    await window.words("Completed");
    await picture("desktop-run");
  });

  step("a changed file is undone", async () => {
    const projects = join(workspace, "projects");
    const folder = join(projects, readdirSync(projects)[0]);
    assert.equal(readFileSync(join(folder, "notes.txt"), "utf8"), "Looked at the history.\n");
    await window.click(await window.byRole("link", "Files"));
    await window.click(await window.byRole("button", "Undo notes.txt"));
    await window.words("Undone");
    await until("the file is gone", () => !existsSync(join(folder, "notes.txt")));
    assert.ok(existsSync(join(folder, "health-report.md")), "the others stay");
  });

  step("the whole record verifies, and the window says so", async () => {
    await window.click(await window.byRole("link", "History"));
    await window.byRole("button", "Verify"); // a key counts once its action is on the page
    await key("v");
    await window.words("History verified");
    await window.words("Entries, chain unbroken");
  });
});

describe("from outside", () => {
  const start = async (...args) => {
    const child = desktop.launch(args);
    const ended = await new Promise((resolve) => child.once("exit", (...how) => resolve(how)));
    assert.deepEqual(ended, [0, null], `it ends by itself: ${child.said}`);
  };

  step("a second start brings the first to the front, and ends", async () => {
    await start("--workspace", workspace);
    assert.match(await window.page(), /history$/, "the page is left as it was");
  });

  step("a link navigates", async () => {
    await start("--workspace", workspace, "cadre://system");
    await until("the page is there", async () => (await window.page()) === "/system");
  });

  step("no link decides, starts or imports anything, and what is in no table leads nowhere", async () => {
    const before = entries("decision.made").length;
    for (const link of [
      "cadre://inbox/x/approve?decision=approve",
      "cadre://project/x/abort",
      "cadre://import?file=/etc/passwd",
      "cadre://system/../../stop_everything",
      "javascript:alert(1)",
    ]) {
      await start("--workspace", workspace, link);
      assert.equal(await window.page(), "/system", link);
    }
    assert.equal(entries("decision.made").length, before);
  });
});
