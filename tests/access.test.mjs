// The interface for whoever has no pointer or does not see it, in a real browser against the real `cadre serve`: a first
// result by keys alone, every tab of a project and an approval by keyboard, and what axe finds on each page. It also
// measures how long a first result takes without a key of any model.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe } from 'node:test';
import { journey } from './support/browser.mjs';
import { smallRepository } from './support/folders.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Axe's two worst of four degrees. */
const GRAVE = ['serious', 'critical'];
const TWO_MINUTES = 120_000;

let page;
let repository;
let began;
const here = journey('access', async (begun) => {
  page = begun.page;
  // A colour on its way to another one is nobody's to judge.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  repository = smallRepository(join(begun.folder, 'sample'));
  began = Date.now();
  await page.goto(begun.link);
});
const { call, go, main, shows, step } = here;

/** What axe finds on the page as it stands, in both themes. */
async function findings(where) {
  await page.waitForLoadState('networkidle');
  const found = [];
  for (const theme of ['light', 'dark']) {
    await page.evaluate((value) => {
      document.documentElement.dataset.theme = value;
    }, theme);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    for (const { id, impact, nodes } of violations)
      if (GRAVE.includes(impact)) found.push(`${where}, ${theme}: ${id} at ${nodes.map((node) => node.target).join('; ')}`);
  }
  await page.evaluate(() => {
    delete document.documentElement.dataset.theme;
  });
  return found;
}

/** Goes on by Tab to what is wanted; fails if the focus comes round without it, or cannot be seen. */
async function tabTo(wanted) {
  for (let stops = 0; stops < 120; stops += 1) {
    await page.keyboard.press('Tab');
    const is = await wanted.evaluateAll((all) => all.includes(document.activeElement));
    if (!is) continue;
    const seen = await page.evaluate(() => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement);
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
    });
    assert.ok(seen, 'the focus can be seen');
    return;
  }
  throw new Error(`Tab does not come to ${wanted}`);
}

let project;

describe('by keyboard alone', { timeout: TWO_MINUTES }, () => {
  step('a first result is there in less than two minutes, without a model', async () => {
    const field = page.getByRole('textbox', { name: 'Folder', exact: true });
    await shows(field);
    assert.deepEqual(await findings('first run'), []);
    await tabTo(field);
    await page.keyboard.type(repository);
    await page.keyboard.press('Enter');
    await shows(page.getByRole('button', { name: /^Plan it/ }));
    await page.keyboard.press('p');
    await shows(page.getByRole('button', { name: /^Approve plan v1/ }));
    assert.deepEqual(await findings('a plan on Home'), []);
    await page.keyboard.press('a');
    await page.waitForURL(/#\/projects\/[^/]+\/run$/);
    project = new URL(page.url()).hash.split('/')[2];
    for (let files = 0; files < 2; files += 1) await approve();
    await go(`/projects/${project}/run`);
    await shows(main().getByText('Completed'));
    await shows(main().getByText('health-report.md', { exact: true }));
    const seconds = (Date.now() - began) / 1000;
    console.log(`from the first page to a finished report: ${seconds.toFixed(1)} s`);
    assert.ok(seconds < TWO_MINUTES / 1000);
  });

  step('every tab of a project is reached, and says where one is', async () => {
    for (const tab of ['Plan', 'Run', 'Conversation', 'Files', 'History', 'Cost']) {
      const link = page.getByRole('navigation', { name: 'Parts of the project' }).getByRole('link', { name: new RegExp(`^${tab}`) });
      await tabTo(link);
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        (name) => document.querySelector('[aria-current=page].tab, .tabs [aria-current=page]')?.textContent.startsWith(name),
        tab,
      );
      assert.deepEqual(await findings(`the project's ${tab}`), []);
    }
  });

  step('no other page has a grave finding', async () => {
    for (const place of ['/', '/inbox', '/organisation', '/organisation/member/report-writer', '/projects', '/system']) {
      await go(place);
      await shows(page.getByRole('heading', { level: 1 }));
      assert.deepEqual(await findings(place), []);
    }
  });
});

/** Approves what waits next: looks at all of it, decides by key. */
async function approve() {
  let item;
  for (let tries = 0; tries < 200 && !item; tries += 1) {
    item = (await call('inbox.list', {})).find((one) => one.reason === 'approval');
    if (!item) await page.waitForTimeout(100);
  }
  assert.ok(item, 'something waits');
  await go(`/inbox/${encodeURIComponent(item.id)}`);
  await shows(page.getByRole('heading', { name: 'Approval covers exactly this' }));
  await shows(page.locator('.bound .part').last());
  assert.deepEqual(await findings('an approval'), []);
  const decide = page.getByRole('group', { name: 'Decision' }).getByRole('button', { name: /^Approve/ });
  // To the end of what is approved, as far as it scrolls by itself.
  for (let parts = 0; parts < 60 && (await decide.getAttribute('aria-disabled')); parts += 1) {
    await tabTo(page.locator('.bound .lines, .bound .lines-box, .bound pre, .bound [tabindex="0"]'));
    await page.keyboard.press('End');
    await page.waitForTimeout(50);
  }
  assert.equal(await decide.getAttribute('aria-disabled'), null, 'everything can be looked at by keyboard');
  await page.keyboard.press('a');
  await page.waitForFunction((was) => !location.hash.includes(encodeURIComponent(was)), item.id);
}
