// Files that a request brings along, in a real browser against the real `cadre serve`: picked, dropped and refused, given
// to the steps, shown on the request and its plan, and still there after a restart.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { journey, stop } from './support/browser.mjs';

const BRIEF = '# Brief\n\nName the three largest risks first.\n';

let page;
let folder;
const here = journey('attachments', async (begun) => {
  ({ page, folder } = begun);
  await page.goto(begun.link);
});
const { button, call, main, shows, step } = here;

const request = () => page.getByRole('textbox', { name: 'Request', exact: true });
const chips = () => page.getByRole('list', { name: 'Files that the request brings along' });
const kept = () => readdirSync(join(folder, 'workspace', 'attachments'));

/** As a person lets files go over the composer. */
async function drop(files) {
  const transfer = await page.evaluateHandle((all) => {
    const data = new DataTransfer();
    for (const { name, bytes } of all) data.items.add(new File([new Uint8Array(bytes)], name));
    return data;
  }, files);
  for (const kind of ['dragover', 'drop']) await request().dispatchEvent(kind, { dataTransfer: transfer });
}

describe('files with a request', { timeout: 120_000 }, () => {
  step('a picked file is copied at once, and no request has it yet', async () => {
    const brief = join(folder, 'brief.md');
    writeFileSync(brief, BRIEF);
    await shows(button('Attach…'));
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button('Attach…').click()]);
    await chooser.setFiles(brief);
    await shows(chips().getByText('brief.md'));
    await shows(chips().getByText(`${BRIEF.length} bytes`));
    assert.deepEqual(kept(), [], 'it waits among the uploads');
  });

  step('what is too large is refused before it is sent, by its code, and taken out again', async () => {
    await drop([{ name: 'huge.bin', bytes: 64 * 1024 * 1024 + 1 }]);
    await shows(page.getByRole('alert').getByText('attachment_too_large'));
    await button('Do not attach huge.bin').click();
  });

  step('a file of several megabytes goes to the disk as it is', async () => {
    await drop([{ name: 'table.bin', bytes: 5 * 1024 * 1024 }]);
    await shows(chips().getByText(/^5(\.\d)? MB$/));
  });

  step('the request takes them, shows them, and says what is in them', async () => {
    await button('Send').and(page.locator(':not([aria-disabled])')).waitFor({ timeout: 15_000 });
    await request().fill('Write a summary of the brief that is attached');
    await request().press('Enter');
    const given = page.getByRole('list', { name: 'Attached files' });
    await shows(given.getByText('table.bin'));
    assert.equal(kept().length, 2, 'the request has them now');
    await given.getByRole('button', { name: /brief\.md/ }).click();
    await shows(page.getByRole('dialog').getByText('Name the three largest risks first.'));
    await page.keyboard.press('Escape');
    await given.getByRole('button', { name: /table\.bin/ }).click();
    await shows(page.getByRole('dialog').getByText(/It is not text/));
    await page.keyboard.press('Escape');
  });

  step('they stand at the plan, and after a restart', async () => {
    await page.keyboard.press('p');
    await shows(page.getByRole('region', { name: 'Proposed plan' }));
    const [filed] = await call('request.list', {});
    const hash = `/projects/${filed.project}/plan`;
    await stop(here.server);
    await here.begin();
    await page.goto(here.link);
    await here.go(hash);
    const given = main().getByRole('list', { name: 'Attached files' });
    await given.getByRole('button', { name: /brief\.md/ }).click();
    await shows(page.getByRole('dialog').getByText('Name the three largest risks first.'));
    await page.keyboard.press('Escape');
    const [content] = kept().filter((name) => filed.attachments.some((it) => it.sha256 === name && it.name === 'brief.md'));
    assert.equal(readFileSync(join(folder, 'workspace', 'attachments', content, 'brief.md'), 'utf8'), BRIEF);
  });
});
