// What the window shows when it cannot follow what happens, in a real browser: a host that cannot read its record for a
// while, one that went away and came back, one that does not know the session any more.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { journey, stop } from './support/browser.mjs';

const signIn = (folder) => join(folder, 'unreadable');
const here = journey(
  'offline',
  (begun) => {
    page = begun.page;
    sign = signIn(begun.folder);
  },
  (folder) => ({ CADRE_UNREADABLE: signIn(folder) }),
);
const { button, call, main, shows, step } = here;
let page;
let sign;

const request = (text) => call('request.file', { text, folder: null });
const said = (text) => main().getByText(text, { exact: true });
const lost = () => page.getByText('What happens cannot be read', { exact: false });

describe('a window that cannot follow', { timeout: 120_000 }, () => {
  step('what happens shows by itself', async () => {
    await page.goto(here.link);
    await shows(page.getByRole('heading', { name: 'Say what you need' }));
    await request('What is a checkpoint?');
    await shows(said('What is a checkpoint?'));
  });

  step('a record that cannot be read is said, and what was read stays in view', async () => {
    writeFileSync(sign, '');
    await request('Who may approve a push?');
    await shows(lost());
    await shows(page.getByText('transport.events'));
    assert.ok(await said('What is a checkpoint?').isVisible());
    assert.ok(!(await said('Who may approve a push?').isVisible()), 'it cannot be known yet');
  });

  step('once it can be read, what happened meanwhile is told, each thing once', async () => {
    rmSync(sign);
    await shows(said('Who may approve a push?'));
    await lost().waitFor({ state: 'detached' });
    assert.equal(await said('Who may approve a push?').count(), 1);
    await request('Which steps failed today?');
    await shows(said('Which steps failed today?'));
  });

  step('a person need not wait', async () => {
    writeFileSync(sign, '');
    await request('What did the scout find?');
    await shows(lost());
    rmSync(sign);
    await button('Connect now').click();
    await shows(said('What did the scout find?'));
  });

  step('a host that went away is said, and a new one does not know this session', async () => {
    await stop(here.server);
    await shows(page.getByText('Cadre cannot be reached', { exact: false }));
    assert.ok(await said('What is a checkpoint?').isVisible());
    const port = new URL(page.url()).port;
    await here.begin(['--port', port]);
    await shows(page.getByRole('heading', { name: 'This window has no session' }));
  });
});
