// The interface in a real browser against the real `cadre serve`: from a request to a result whose history verifies.
// Needs `npm run ui:build` and the programs `cadre`, `cadre-exec` and `cadre-functions` (CADRE_BIN_DIR names their folder).
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { journey, PATIENT } from './support/browser.mjs';

const REQUEST = 'Review this repository and write a health report';

const here = journey('browser', (begun) => {
  ({ folder, context, page } = begun);
  repository = makeRepository(join(folder, 'sample'));
  listen(page);
});
const { button, main, shows, step } = here;
const complaints = [];
let folder;
let repository;
let context;
let page;

function makeRepository(path) {
  mkdirSync(join(path, 'src'), { recursive: true });
  writeFileSync(join(path, 'README.md'), '# Sample\n\nA sample for a test.\n');
  writeFileSync(join(path, 'src', 'main.rs'), 'fn main() {\n    println!("hello");\n}\n');
  writeFileSync(join(path, 'Cargo.toml'), '[package]\nname = "sample"\nversion = "0.1.0"\nedition = "2024"\n');
  const git = (...args) =>
    execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], { cwd: path });
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'Begin');
  return path;
}

/** The console stays silent, and no policy of the page is broken. A refused call is the browser's own remark. */
function listen(tab) {
  tab.on('pageerror', (error) => complaints.push(`page: ${error.message}`));
  tab.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (tab !== page && /status of 401|WebSocket/.test(message.text())) return;
    // The folder that is not there is named on purpose.
    if (/status of 422/.test(message.text()) && /request\.file$/.test(message.location().url)) return;
    complaints.push(`${message.type()}: ${message.text()} ${message.location().url}`);
  });
}

const request = () => page.getByRole('textbox', { name: 'Request', exact: true });

/** Approves what the Inbox shows, and waits until it shows something else. */
async function decideOne() {
  const title = await page.getByRole('region', { name: 'Chosen item' }).getByRole('heading', { level: 1 }).textContent();
  // What is longer than the window has to be looked at to its end first.
  for (const part of await page.locator('.bound .part').all())
    await part.evaluate((element) => element.lastElementChild.scrollIntoView({ block: 'center' }));
  await page.locator('[role=group][aria-label=Decision] button:not([aria-disabled])', { hasText: /^Approve/ }).first().waitFor();
  await page.keyboard.press('a');
  await page.waitForFunction(
    (before) => document.querySelector('section[aria-label="Chosen item"] h1')?.textContent !== before,
    title,
  );
}

/** Decides on everything that is asked, and ends at the list of projects once the project is done. */
async function decideAll() {
  for (let decided = 0; decided < 20; decided += 1) {
    const approve = page.getByRole('group', { name: 'Decision' }).getByRole('button', { name: /^Approve/ });
    const nothing = page.getByText('Nothing needs you');
    await shows(approve.or(nothing));
    if (await nothing.isVisible()) {
      await page.goto(`${page.url().split('#')[0]}#/projects`);
      await shows(page.getByRole('table', { name: 'Projects' }));
      if (await page.getByText('Completed').isVisible()) break;
      await page.getByText('Completed').or(page.getByText('Needs a person').first()).first().waitFor(PATIENT);
      if (await page.getByText('Completed').isVisible()) break;
      await page.goto(`${page.url().split('#')[0]}#/inbox`);
      continue;
    }
    await decideOne();
  }
}

describe('from a request to a verified result', { timeout: 240_000 }, () => {
  step('the link lets this browser in once, and leaves no code in the address', async () => {
    await page.goto(here.link);
    await shows(page.getByRole('heading', { name: 'Say what you need' }));
    assert.equal(new URL(page.url()).hash, '#/');
    await shows(button('Review a folder and write a health report'));
  });

  step('a folder that is not there is refused where it was named, and the words stay', async () => {
    await button('Folder…').click();
    await page.getByLabel('Folder the request is about').fill('/no/such/folder');
    await request().fill(REQUEST);
    await request().press('Enter');
    await shows(page.getByRole('alert').getByText('folder_unreadable'));
    assert.equal(await request().inputValue(), REQUEST);
  });

  step('a request shows its reading, which one key corrects', async () => {
    await page.getByLabel('Folder the request is about').fill(repository);
    await request().press('Enter');
    const reading = page.getByRole('region', { name: 'How the request was read' });
    await shows(reading.getByText('classifier in Cadre'));
    await shows(reading.getByText('Complexity'));
    await page.keyboard.press('1');
    await shows(reading.getByText(/corrected by/));
    await page.keyboard.press('2');
    await shows(reading.getByRole('button', { name: /Project/, pressed: true }));
  });

  step('the plan stands in the conversation, and is refined in words', async () => {
    await page.keyboard.press('p');
    const plan = page.getByRole('region', { name: 'Proposed plan' });
    await shows(plan.getByText('Plan v1'));
    await shows(plan.getByTitle(/SHA-256/));
    await page.keyboard.press('c');
    await page.getByRole('textbox', { name: 'What should change' }).fill('Keep the report to one page');
    await page.keyboard.press('Control+Enter');
    await shows(plan.getByText('Plan v2'));
  });

  step('approving exactly the shown version starts the project', async () => {
    await shows(button(/^Approve plan v2/));
    await page.keyboard.press('a');
    await page.waitForURL(/#\/projects\/[^/]+\/run$/);
    await shows(page.getByRole('heading', { level: 1 }));
  });

  step('the Inbox shows exact bytes, and approves what was seen', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.waitForURL(/#\/inbox/);
    await shows(page.getByRole('heading', { name: 'Approval covers exactly this' }));
    await shows(main().getByText('Stands there now').or(main().getByText('Command')));
    await shows(main().getByText('Why it asks'));
  });

  step('everything that is asked is decided on, and the project completes', async () => {
    await decideAll();
    await page.getByRole('table', { name: 'Projects' }).getByRole('link').first().click();
    await shows(main().getByText('Completed'));
    await shows(page.getByRole('heading', { name: 'Done when' }));
  });

  step('its plan stays in view, with what the second version changed', async () => {
    await page.getByRole('link', { name: 'Plan' }).click();
    await shows(page.getByRole('heading', { name: 'Version 1 to version 2' }));
  });

  step('a changed file is undone', async () => {
    await page.getByRole('link', { name: /^Files/ }).click();
    const undo = page.getByRole('button', { name: /^Undo .*\./ });
    await shows(undo);
    await undo.first().click();
    await shows(page.getByRole('grid', { name: 'Files' }).getByText('Undone'));
  });

  const moments = () => page.getByRole('listbox', { name: 'Checkpoints, newest first' });
  const panel = () => page.getByRole('complementary', { name: 'Chosen checkpoint' });

  step('the project is seen as it was, and two checkpoints are compared', async () => {
    await page.getByRole('link', { name: 'History' }).click();
    await shows(panel().getByText(/^Checkpoint \d+ of \d+/));
    await panel().getByRole('button', { name: /^Files/ }).click();
    // Undone since, and there then.
    await shows(panel().getByRole('button', { name: /health-report\.md/ }));
    await moments().getByRole('option', { name: /Approved, and begun/ }).click();
    await shows(panel().getByRole('heading', { name: 'Approved, and begun' }));
    await shows(panel().getByText('Pending').first());
    await page.keyboard.press('c');
    await shows(page.getByRole('region', { name: 'Outcome' }).getByText('4 of 4'));
    await shows(page.getByRole('region', { name: 'State' }).getByText('ended.report'));
    await shows(page.getByRole('region', { name: 'Files' }).locator('.diff-head').getByText(/health-report/));
    await page.keyboard.press('Escape');
    await shows(panel().getByRole('heading', { name: 'Approved, and begun' }));
  });

  step('it goes back to its beginning, files included, and what was left stays in the history', async () => {
    await page.keyboard.press('r');
    const dialog = page.getByRole('dialog');
    await shows(dialog.getByText('1 file is put back'));
    await shows(dialog.getByText('4 steps stand otherwise'));
    await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
    await shows(moments().getByRole('option', { name: /Going back to a checkpoint: approved/ }));
    await page.goto(`${page.url().split('#')[0]}#/inbox`);
    for (const file of ['health-report.md', 'health-report.html']) {
      await shows(page.getByRole('region', { name: 'Chosen item' }).getByRole('heading', { name: new RegExp(file) }));
      await decideOne();
    }
    await page.goto(`${page.url().split('#')[0]}#/projects`);
    await page.getByRole('table', { name: 'Projects' }).getByRole('link').first().click();
    await shows(page.getByRole('heading', { name: 'Done when' }));
    await shows(main().getByText('Completed'));
    await page.getByRole('link', { name: 'History' }).click();
    await shows(panel().getByText(/on line 2$/));
    // Steps that end together end at one checkpoint; the last one ends alone, once on each of the two lines.
    await shows(moments().getByRole('option', { name: /Ended: Write the health report/ }).nth(1));
  });

  step('the whole record is verified', async () => {
    await page.getByRole('link', { name: 'History' }).click();
    await shows(button(/^Verify/)); // a key counts once its action is on the page
    await page.keyboard.press('v');
    await shows(page.getByRole('region', { name: 'Ledger' }).getByText(/History verified/));
    await shows(page.getByText('Entries, chain unbroken'));
  });
});

describe('around the journey', { timeout: 120_000 }, () => {
  step('the organisation shows its members, and reads agent files again', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('o');
    await page.waitForURL(/#\/organisation/);
    await shows(page.getByText(/\d+ agents?/));
    await page.keyboard.press('r');
    await shows(page.getByText('All files are as they were.').or(page.getByText(/live now/)));
    const tree = page.getByRole('treegrid', { name: 'Organisation, as a tree' });
    await shows(tree.getByRole('row', { name: /report-writer/ }).or(tree));
    await page.goto(`${page.url().split('#')[0]}#/organisation/member/report-writer`);
    await shows(page.getByRole('complementary', { name: 'Chosen member' }));
  });

  step('System shows how commands are confined', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('y');
    await shows(page.getByRole('heading', { name: 'How commands are confined' }));
    await shows(page.getByRole('heading', { name: 'Standing rules' }));
  });

  step('the Inbox says when nothing waits', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await shows(page.getByText('Nothing needs you'));
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await shows(page.getByRole('region', { name: 'How the request was read' }));
  });

  step('a step is taken out of a plan, and the version before stays', async () => {
    await button('Folder…').click();
    await page.getByLabel('Folder the request is about').fill(repository);
    await request().fill(REQUEST);
    await request().press('Enter');
    await shows(button(/^Plan it/));
    await button(/^Plan it/).click();
    const plan = page.getByRole('region', { name: 'Proposed plan' });
    await shows(plan.getByText('4 steps'));
    await plan.getByRole('button', { name: 'Remove step Read the history' }).click();
    await shows(plan.getByText('Plan v2'));
    await shows(plan.getByText('3 steps'));
    await plan.getByRole('link', { name: /^Open plan/ }).click();
    await shows(page.getByRole('heading', { name: 'Version 1 to version 2' }));
    await page.keyboard.press('g');
    await page.keyboard.press('h');
  });

  step('the palette finds a place', async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('syst');
    await shows(page.getByRole('dialog', { name: 'Find or do' }));
    await page.keyboard.press('Escape');
  });

  step('reloading keeps the session', async () => {
    await page.reload();
    await shows(page.getByRole('region', { name: 'How the request was read' }));
  });

  step('a second window without a session says how to get one', async () => {
    const other = await context.newPage();
    listen(other);
    await other.goto(page.url());
    await shows(other.getByRole('heading', { name: 'This window has no session' }));
    await other.close();
  });

  step('a code works once', async () => {
    const other = await context.newPage();
    listen(other);
    await other.goto(here.link);
    await shows(other.getByRole('heading', { name: 'This window has no session' }));
    await other.close();
  });

  step('the console was silent and no policy was broken', () => {
    assert.deepEqual(complaints, []);
  });
});
