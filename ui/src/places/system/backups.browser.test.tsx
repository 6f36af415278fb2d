import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { BACKUPS, DECIDED_BACKUP, NO_BACKUPS, RESTORED_BACKUP } from '#ui/gallery/fixtures/backups.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { draw } from '#ui/testing/draw.tsx';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { BackupsPart } from './BackupsPart.tsx';

async function open(answers: Record<string, (input: unknown) => unknown> = {}) {
  const transport = new FakeTransport({ 'system.backups': () => BACKUPS, ...answers });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <BackupsPart />
      </QueryClientProvider>
    </TransportProvider>,
  );
  return (operation: string) =>
    transport.calls.filter((call) => call.operation === operation).map((call) => call.input);
}

const button = (name: string | RegExp) => page.getByRole('button', { name });

test('without a backup the page says what one has, and makes the first', async () => {
  let backups = NO_BACKUPS;
  const asked = await open({
    'system.backups': () => backups,
    'system.back_up': () => {
      backups = BACKUPS;
      return BACKUPS.backups[0];
    },
  });
  await expect.element(page.getByText('No backup yet')).toBeVisible();
  await button('Back up now').click();
  await expect.element(page.getByText('checked', { exact: true })).toBeVisible();
  expect(asked('system.back_up')).toEqual([{ to: null }]);
});

test('a backup is put back only after a person read what becomes of the rest', async () => {
  let decided: (typeof BACKUPS)['decided'] = null;
  const asked = await open({
    'system.backups': () => ({ ...BACKUPS, decided }),
    'system.restore': () => {
      decided = { from: '/w', made_at: 0, entries: 41, head: 'ab', compared: 'nothing', by: 'owner', decided_at: 0 };
      return decided;
    },
    'system.take_back_restore': () => {
      decided = null;
      return {};
    },
  });
  const putBack = button(/^Put back: 2026-11-20/);
  await putBack.click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText(/when Cadre starts the next time/)).toBeVisible();
  await expect.element(dialog.getByText(/What lies in the workspace then is kept/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(asked('system.restore'), 'looking decides nothing').toEqual([]);
  await putBack.click();
  await dialog.getByRole('button', { name: 'Put back at the next start' }).click();
  await expect.element(page.getByText(/41 entries is put in place/)).toBeVisible();
  await expect.element(page.getByText(/could not be compared with anything/)).toBeVisible();
  expect(asked('system.restore')).toEqual([{ backup: BACKUPS.backups[0]?.path }]);
  // One decision at a time, and it says why.
  await expect.element(putBack).toHaveAttribute('title', 'Another one is decided already: take that back first.');
  await button('Take back').click();
  await expect.element(page.getByText(/41 entries is put in place/)).not.toBeInTheDocument();
});

test('a restore that the last start could not do says why, and can be taken back', async () => {
  const message = '/w/.cadre/replaced: not a directory';
  const problem = { code: 'restore_not_done', message, hint: 'Mend what is named', details: [] };
  const asked = await open({
    'system.backups': () => ({ ...DECIDED_BACKUP, problems: [problem] }),
    'system.take_back_restore': () => ({}),
  });
  await expect.element(page.getByText(message)).toBeVisible();
  await expect.element(page.getByText(problem.hint)).toBeVisible();
  await button('Take back').click();
  expect(asked('system.take_back_restore')).toEqual([{}]);
});

test('what this start put in place says so, and what nobody could say of it', async () => {
  await open({ 'system.backups': () => RESTORED_BACKUP });
  await expect.element(page.getByText(/902 entries was put in place when Cadre started/)).toBeVisible();
  await expect.element(page.getByText(/could not be compared with anything/)).toBeVisible();
});

test('why a backup was refused stands on the page', async () => {
  await open({
    'system.restore': () => {
      throw new CallError({
        code: 'backup_damaged',
        message: 'the backup /disk/x does not hold',
        hint: 'Choose another backup',
        details: ['agents/a.md was changed'],
      });
    },
  });
  await page.getByLabelText('Folder').fill('/disk/x');
  await button('Put this one back…').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Put back at the next start' }).click();
  await expect.element(page.getByText('the backup /disk/x does not hold')).toBeVisible();
  await expect.element(page.getByText('agents/a.md was changed')).toBeVisible();
});
