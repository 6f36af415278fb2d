// Pictures of the gallery and its pages in every size and theme, to look at. They go to a folder that is not kept.
// node ui/checks/shots.mjs [--out <folder>] [--only <word>]
import { mkdir } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { preview } from 'vite';

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'tests/.results/shots' },
    only: { type: 'string' },
    sizes: { type: 'string' },
    themes: { type: 'string' },
    full: { type: 'boolean' },
  },
});
const SIZES = { 1440: [1440, 900], 1100: [1100, 800], 390: [390, 844] };
const THEMES = (values.themes ?? 'light,dark').split(',');

const server = await preview({ configFile: 'ui/vite.config.ts', preview: { port: 0 } });
const address = server.resolvedUrls?.local[0];
await mkdir(values.out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CADRE_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

const page = await browser.newPage();
page.on('pageerror', (error) => console.error('page error:', error.message));
await page.goto(`${address}#/gallery`);
await page.waitForSelector('#spec-pages');
const pages = await page.$$eval('#spec-pages a', (links) => links.map((link) => link.textContent ?? ''));
const targets = [['gallery', '#/gallery'], ...pages.map((name) => [name, `#/gallery/page/${name}`])].filter(
  ([name]) => !values.only || values.only.split(',').some((word) => name?.startsWith(word)),
);

for (const theme of THEMES) {
  await page.evaluate((name) => localStorage.setItem('cadre.appearance', JSON.stringify({ theme: name })), theme);
  for (const [label, size] of Object.entries(SIZES)) {
    if (values.sizes && !values.sizes.split(',').includes(label)) continue;
    await page.setViewportSize({ width: size[0], height: size[1] });
    for (const [name, hash] of targets) {
      await page.goto('about:blank');
      await page.goto(`${address}${hash}`);
      await page.waitForSelector('main');
      await page.waitForTimeout(250);
      if (name === 'gallery' && values.full) {
        const height = await page.evaluate(() => document.querySelector('.gallery')?.scrollHeight ?? 0);
        await page.setViewportSize({ width: size[0], height: height + 140 });
        await page.waitForTimeout(200);
      }
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (wide > 0) console.error(`${name} at ${label}: ${wide} px too wide`);
      await page.screenshot({ path: `${values.out}/${name}-${label}-${theme}.png` });
    }
  }
}
await browser.close();
await server.close();
