import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { DEVICE, logLines, SETTINGS } from '#ui/gallery/fixtures/machine.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { draw } from '#ui/testing/draw.tsx';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { DevicesPart } from './DevicesPart.tsx';
import { LogsPart } from './LogsPart.tsx';
import { SettingsPart } from './SettingsPart.tsx';

async function open(part: ReactNode, answers: Record<string, (input: unknown) => unknown>) {
  const transport = new FakeTransport(answers);
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>{part}</QueryClientProvider>
    </TransportProvider>,
  );
  return (operation: string) =>
    transport.calls.filter((call) => call.operation === operation).map((call) => call.input);
}

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });

test('another browser is signed out at once, one’s own only after a question', async () => {
  let device = DEVICE;
  const asked = await open(<DevicesPart />, {
    'system.device': () => device,
    'system.sign_out': () => {
      device = { ...DEVICE, connections: DEVICE.connections.filter((it) => it.id !== 2) };
      return { sessions: 1 };
    },
  });
  await expect.element(page.getByText('Browser', { exact: false }).first()).toBeVisible();
  await page
    .getByRole('button', { name: /^Sign out: Browser/ })
    .first()
    .click();
  await expect.element(page.getByText(/cadre 5120/)).toBeVisible();
  expect(asked('system.sign_out')).toEqual([{ connection: 2 }]);
});

test('all browsers are signed out after a question', async () => {
  const asked = await open(<DevicesPart />, {
    'system.device': () => DEVICE,
    'system.sign_out': () => ({ sessions: 2 }),
  });
  await button('Sign out all').click();
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText(/open the link that it prints/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Sign out all' }).click();
  expect(asked('system.sign_out')).toEqual([{ connection: null }]);
});

test('the log is read a page at a time, filtered by the host', async () => {
  const asked = await open(<LogsPart />, {
    'system.logs': (input) => {
      const { after, text } = input as { after: string | null; text: string };
      if (text === 'nothing') return { folder: '/logs', lines: [], next: null };
      return { folder: '/logs', lines: logLines(after === null ? 200 : 3), next: after === null ? 'a:1' : null };
    },
  });
  await expect.element(page.getByText('200 lines')).toBeVisible();
  // 200 lines, and only those in view are drawn.
  expect(page.getByRole('row').elements().length).toBeLessThan(100);
  await button('Read further back').click();
  await expect.element(page.getByText('203 lines')).toBeVisible();
  await expect.element(button('Read further back')).not.toBeInTheDocument();
  await button('Errors').click();
  await page.getByRole('searchbox').fill('nothing');
  await expect.element(page.getByText('No such line')).toBeVisible();
  expect(asked('system.logs').at(-1)).toEqual({ after: null, limit: 200, level: 'error', text: 'nothing' });
});

test('a line is read whole when it is chosen', async () => {
  await open(<LogsPart />, { 'system.logs': () => ({ folder: '/logs', lines: logLines(4), next: null }) });
  await page.getByText('an operation failed').click();
  const line = page.getByRole('region', { name: 'One line of the log' });
  await expect.element(line.getByText(/code=disk_full/)).toBeVisible();
});

test('where no log is kept the page says so', async () => {
  await open(<LogsPart />, { 'system.logs': () => ({ folder: null, lines: [], next: null }) });
  await expect.element(page.getByText('No log is kept here')).toBeVisible();
});

const BUDGETS = [{ scope: 'day', charged_usd: '$0.00', most_usd: '$10.00', percent: 0 }];

test('a setting is saved as it is changed, and a refusal is shown', async () => {
  let model = SETTINGS;
  let refuse = false;
  const asked = await open(<SettingsPart />, {
    'system.settings': () => model,
    'budget.list': () => BUDGETS,
    'system.set_settings': (input) => {
      if (refuse) throw new CallError({ code: 'folder_unreadable', message: '/home/maya/.config: read-only' });
      model = { ...model, settings: input as typeof model.settings };
      return {};
    },
  });
  const tray = page.getByRole('switch', { name: /Go on in the tray/ });
  await tray.click();
  await expect.element(tray).not.toBeChecked();
  expect(asked('system.set_settings')).toEqual([{ ...SETTINGS.settings, close_to_tray: false }]);
  await page.getByLabelText('To').fill('22:00');
  await expect.element(page.getByText(/cover nothing/)).toBeVisible();
  expect(asked('system.set_settings').length, 'what makes no sense is not sent').toBe(1);
  refuse = true;
  await page.getByRole('switch', { name: /Quiet hours/ }).click();
  await expect.element(page.getByText('/home/maya/.config: read-only')).toBeVisible();
  // It is as it was.
  await expect.element(page.getByRole('switch', { name: /Quiet hours/ })).toBeChecked();
});

test('the limit of a day is an amount', async () => {
  const asked = await open(<SettingsPart />, {
    'system.settings': () => SETTINGS,
    'budget.list': () => BUDGETS,
    'budget.set': () => ({}),
  });
  const field = page.getByLabelText(/Dollars a day/);
  await field.fill('ten');
  await expect.element(page.getByText('Write dollars, such as 10.00.')).toBeVisible();
  await field.fill('12.50');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => asked('budget.set')).toEqual([{ project: null, most_cents: 1250 }]);
});
