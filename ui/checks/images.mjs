// Pictures of every page of one real workspace, light and dark: what the documents show, and what a designer looks at.
//   npm run ui:images                                           what the documents show: docs/images, 1440 x 900
//   npm run ui:images -- --all --out tests/.results/real --sizes 1440,1024,420 [--only inbox,home]
// Needs `npm run ui:build` and the programs (CADRE_BIN_DIR names their folder).
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launch } from '../../tests/support/browser.mjs';
import * as office from './office.mjs';

const SIZES = { 1440: [1440, 900], 1024: [1024, 800], 420: [420, 900] };
const MEMBERS = 1200;

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/images' },
    sizes: { type: 'string', default: '1440' },
    only: { type: 'string' },
    all: { type: 'boolean' },
  },
});
const sizes = values.sizes.split(',');
const folder = mkdtempSync(join(tmpdir(), 'cadre-images-'));
mkdirSync(values.out, { recursive: true });
const browser = await launch();
const wrong = [];
const open = [];

/** A window of a host, signed in. */
async function windowOf(host) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 });
  await context.addInitScript((bearer) => sessionStorage.setItem('cadre.bearer', bearer), host.bearer);
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(`page error: ${error.message}`));
  await page.goto(`${host.origin}/#/`);
  await page.getByRole('main').waitFor();
  return page;
}

/** One page in each size and theme. `prepare` brings the page to where it is shown, in each anew. */
/** Of use to whoever works on the interface; the documents do without. */
const LOOKED_AT = /-empty$|^keys$|^project-waiting$|^inbox-(agent|work)$/;

function isWanted(name) {
  if (values.only) return values.only.split(',').some((word) => name.startsWith(word));
  return values.all || !LOOKED_AT.test(name);
}

async function shoot(page, name, hash, prepare = async () => {}) {
  if (!isWanted(name)) return;
  for (const size of sizes) {
    const [width, height] = SIZES[size];
    await page.setViewportSize({ width, height });
    for (const theme of ['light', 'dark']) {
      await page.evaluate((value) => localStorage.setItem('cadre.appearance', JSON.stringify({ theme: value })), theme);
      await page.evaluate((to) => {
        location.hash = to;
      }, hash);
      await page.reload();
      await page.getByRole('main').waitFor();
      await page.waitForLoadState('networkidle');
      await page.locator('.skel').first().waitFor({ state: 'detached' });
      await prepare(page);
      await page.evaluate(() => document.fonts.ready);
      const over = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) wrong.push(`${name} at ${size}: ${over} px too wide`);
      const suffix = sizes.length > 1 ? `-${size}` : '';
      await page.screenshot({ path: join(values.out, `${name}${suffix}-${theme}.png`), animations: 'disabled' });
    }
  }
}

const shows = (locator) => locator.first().waitFor({ state: 'visible', timeout: 20_000 });

try {
  const here = await office.openOffice(folder);
  open.push(here);
  const page = await windowOf(here);
  await shoot(page, 'first-run', '/');
  await shoot(page, 'inbox-empty', '/inbox');
  await shoot(page, 'projects-empty', '/projects');
  await shoot(page, 'system-empty', '/system');

  const filed = await office.fileReview(here);
  await shoot(page, 'home-reading', '/');
  const plan = await office.planReview(here, filed.id);
  await shoot(page, 'home-plan', '/');
  await shoot(page, 'project-plan', `/projects/${plan.project}/plan`);
  await office.begin(here, plan);
  const write = await office.waiting(here, plan.project, (item) => item.class === 'write');
  await shoot(page, 'inbox-approval', `/inbox/${encodeURIComponent(write.id)}`);
  await shoot(page, 'project-waiting', `/projects/${plan.project}/run`);
  await office.finish(here, plan.project);

  await office.fillInbox(here);
  await office.enableModel(here);
  const model = await office.modelProject(here);
  const inbox = await here.call('inbox.list');
  const change = inbox.find((item) => item.reason === 'agent_change');
  const work = inbox.find((item) => item.reason === 'work');
  await shoot(page, 'home', '/');
  await shoot(page, 'inbox-command', `/inbox/${encodeURIComponent(model.command.id)}`);
  await shoot(page, 'inbox-agent', `/inbox/${encodeURIComponent(change.id)}`);
  await shoot(page, 'inbox-work', `/inbox/${encodeURIComponent(work.id)}`);
  await shoot(page, 'projects', '/projects');
  for (const view of ['Board'])
    await shoot(page, `projects-${view.toLowerCase()}`, '/projects', (tab) =>
      tab.getByRole('button', { name: view }).click(),
    );
  await shoot(page, 'project-run', `/projects/${plan.project}/run`);
  await shoot(page, 'project-files', `/projects/${plan.project}/files`);
  await shoot(page, 'project-history', `/projects/${plan.project}/history`, async (tab) => {
    await tab.keyboard.press('v');
    await shows(tab.getByText(/History verified/));
  });
  await shoot(page, 'project-conversation', `/projects/${model.project}/conversation`);
  await shoot(page, 'project-cost', `/projects/${model.project}/cost`);
  await shoot(page, 'project-cost-empty', `/projects/${plan.project}/cost`);
  await shoot(page, 'organisation', '/organisation');
  await shoot(page, 'organisation-member', '/organisation/member/software-engineer');
  await shoot(page, 'system', '/system');
  await shoot(page, 'system-models', '/system/models');
  await shoot(page, 'palette', '/', async (tab) => {
    await tab.keyboard.press('Control+k');
    await shows(tab.getByRole('dialog'));
  });
  await shoot(page, 'keys', '/', async (tab) => {
    await tab.keyboard.press('?');
    await shows(tab.getByRole('dialog'));
  });
  if (isWanted('organisation-large')) {
    const company = await office.openCompany(folder, MEMBERS);
    open.push(company);
    await shoot(await windowOf(company), 'organisation-large', '/organisation');
  }
} finally {
  await browser.close();
  for (const host of open) await host.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const line of wrong) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
