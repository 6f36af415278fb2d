import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { StatusDto } from '#ui/ipc/bindings.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { createAppRouter } from '#ui/routes.tsx';
import { draw } from '#ui/testing/draw.tsx';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';

const STATUS: StatusDto = {
  version: '0.0.0',
  workspace: 'Northwind',
  workspace_id: 'w',
  entries: 7,
  containment: 'partly',
  running: 2,
  waiting: 3,
};

async function open(path: string) {
  const transport = new FakeTransport({ 'system.status': () => STATUS });
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  await expect.element(page.getByRole('main')).toBeVisible();
  return { transport, router };
}

test('G then I goes to the Inbox, and the place is marked', async () => {
  const { router } = await open('/');
  await userEvent.keyboard('gi');
  await expect.poll(() => router.state.location.pathname).toBe('/inbox');
  await expect.element(page.getByRole('link', { name: /^Inbox/ })).toHaveAttribute('aria-current', 'page');
});

test('the window shows the workspace, what waits and how commands are confined', async () => {
  await open('/');
  await expect.element(page.getByText('Northwind', { exact: true })).toBeVisible();
  await expect.element(page.getByRole('link', { name: /Inbox.*3/ })).toBeVisible();
  await expect.element(page.getByText('Sandbox: partly')).toBeVisible();
});

test('the palette opens by key, finds by words, and goes there', async () => {
  const { router } = await open('/');
  await userEvent.keyboard('{Control>}k{/Control}');
  await expect.element(page.getByRole('dialog', { name: 'Find or do' })).toBeVisible();
  await userEvent.keyboard('syst');
  await userEvent.keyboard('{ArrowDown}{Enter}');
  await expect.poll(() => router.state.location.pathname).toBe('/system');
  await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
});

test('? shows all keys, Escape closes and gives the focus back', async () => {
  await open('/');
  const opener = page.getByRole('button', { name: /^Find or do/ });
  opener.element().focus();
  await userEvent.keyboard('?');
  await expect.element(page.getByRole('dialog', { name: 'All keys' })).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  await expect.element(opener).toHaveFocus();
});

test('a lost host is said once, with a way to connect at once', async () => {
  const { transport } = await open('/');
  transport.state.set({ state: 'lost', since: Date.now(), retryAt: Date.now() + 1000 });
  await page.getByRole('button', { name: 'Connect now' }).click();
  expect(transport.retried).toBe(1);
});

test('without a session the window says how to get one', async () => {
  const { transport } = await open('/');
  transport.state.set({ state: 'signedOut' });
  await expect.element(page.getByRole('heading', { name: 'This window has no session' })).toBeVisible();
});

test('a workspace that cannot be opened says why and what to do', async () => {
  const { transport } = await open('/inbox');
  const error = new CallError({ code: 'workspace_held', message: 'Another program has it', hint: 'Close it first' });
  transport.state.set({ state: 'closed', error });
  const alert = page.getByRole('alert');
  await expect.element(alert.getByRole('heading', { name: 'The workspace is not open in this window' })).toBeVisible();
  await expect.element(alert).toHaveTextContent(/Another program has it.*Close it first.*workspace_held/);
  await expect.element(alert.getByRole('button', { name: 'Try again' })).toBeVisible();
});

test('an address that leads nowhere says so', async () => {
  await open('/nowhere');
  await expect.element(page.getByRole('heading', { name: 'Nothing lies at this address' })).toBeVisible();
});

test('the first tab stop skips to the content', async () => {
  await open('/');
  await userEvent.keyboard('{Tab}');
  await expect.element(page.getByRole('button', { name: 'Skip to content' })).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('main')).toHaveFocus();
});
