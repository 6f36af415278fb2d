import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { WINTER_ANSWERS } from '#ui/gallery/fixtures/answers.ts';
import { HISTORY, ROLLBACK } from '#ui/gallery/fixtures/past.ts';
import { WINTER } from '#ui/gallery/fixtures/winter.ts';
import type { HistoryDto } from '#ui/ipc/bindings.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { draw } from '#ui/testing/draw.tsx';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { headOf } from './fromProject.ts';
import { HistoryTab } from './HistoryTab.tsx';

type Answer = (input: unknown) => unknown;

async function open(answers: Record<string, Answer> = {}) {
  const canned = Object.fromEntries(Object.entries(WINTER_ANSWERS).map(([name, answer]) => [name, () => answer]));
  const transport = new FakeTransport({ ...canned, ...answers });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <HistoryTab head={headOf(WINTER, [], 0, 'history')} project={WINTER} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  return (operation: string) =>
    transport.calls.filter((call) => call.operation === operation).map((call) => call.input);
}

const panel = () => page.getByRole('complementary', { name: 'Chosen checkpoint' });
const button = (name: string | RegExp) => page.getByRole('button', { name });

test('a checkpoint is chosen by keyboard, and shows the project as it was there', async () => {
  const asked = await open();
  await expect.element(panel().getByRole('heading', { name: 'Ended: Prepare the photos' })).toBeVisible();
  await userEvent.keyboard('{ArrowLeft}');
  await expect.element(panel().getByRole('heading', { name: 'Ended: Write the copy' })).toBeVisible();
  await userEvent.keyboard('{ArrowRight}');
  await expect.element(panel().getByRole('heading', { name: 'Ended: Prepare the photos' })).toBeVisible();
  await expect.element(panel().getByText('results.prices.checked')).toBeVisible();
  await button('Whole state').click();
  await expect.element(panel().getByText('rounded')).toBeVisible();
  await button('Files 1').click();
  await panel()
    .getByRole('button', { name: /prices.csv/ })
    .click();
  await expect.element(panel().getByText('stays off your back, and you stay dry.')).toBeVisible();
  await button('Conversation').click();
  await expect.element(panel().getByText('I read the style guide first.')).toBeVisible();
  await button('Spend').click();
  await expect.element(panel().getByText('Spent by then')).toBeVisible();
  expect(asked('project.checkpoint')).toContainEqual({
    project: WINTER.id,
    checkpoint: HISTORY.moments[0] && 'hash' in HISTORY.moments[0] ? HISTORY.moments[0].hash : '',
  });
});

test('a key is an action while the list has the focus, also where a row begins with it', async () => {
  await open();
  await page.getByRole('option', { name: /convert 171 photos/ }).click();
  await page.getByRole('option', { name: /Ended: Prepare the photos/ }).click();
  await userEvent.keyboard('c');
  await expect.element(page.getByRole('region', { name: 'Outcome' })).toBeVisible();
});

test('two checkpoints are compared, swapped, and the comparison is closed with a key', async () => {
  const asked = await open();
  await expect.element(panel()).toBeVisible();
  await userEvent.keyboard('c');
  await expect.element(page.getByRole('region', { name: 'Outcome' })).toBeVisible();
  await expect.element(page.getByText('2 of 4').first()).toBeVisible();
  await expect.element(page.getByText('3 of 212 values differ')).toBeVisible();
  const [first] = asked('project.compare') as { from: string; to: string }[];
  await button('Swap A and B').click();
  await expect.poll(() => asked('project.compare').at(-1)).toMatchObject({ from: first?.to, to: first?.from });
  await userEvent.keyboard('{Escape}');
  await expect.element(panel()).toBeVisible();
});

test('older pages are read when they are asked for, and what stands on both is shown once', async () => {
  const half = Math.floor(HISTORY.moments.length / 2);
  const older = { entry: 44, at: 1 };
  const pages = (input: unknown): HistoryDto =>
    (input as { before: unknown }).before === null
      ? { ...HISTORY, moments: HISTORY.moments.slice(0, half + 1), older }
      : { ...HISTORY, moments: HISTORY.moments.slice(half) };
  const asked = await open({ 'project.history': pages });
  const rows = page.getByRole('listbox', { name: 'Checkpoints, newest first' }).getByRole('option');
  await expect.poll(() => rows.elements().length).toBe(half + 1);
  await button('Show older').click();
  await expect.poll(() => rows.elements().length).toBe(HISTORY.moments.length);
  expect(asked('project.history').at(-1)).toEqual({ project: WINTER.id, before: older, limit: null });
  await expect.element(button('Show older')).not.toBeInTheDocument();
});

test('a history that cannot be read says why, and is asked for again', async () => {
  let fails = true;
  await open({
    'project.history': () => {
      if (fails) throw new CallError({ code: 'database_locked', message: 'The workspace is busy' });
      return HISTORY;
    },
  });
  await expect.element(page.getByText('The workspace is busy')).toBeVisible();
  fails = false;
  await button('Try again').click();
  await expect.element(panel()).toBeVisible();
});

test('going back is agreed to exactly as it is shown, and shown anew when that no longer holds', async () => {
  let stale = true;
  const asked = await open({
    'project.roll_back': () => {
      if (stale)
        throw new CallError({ code: 'stale_approval', message: 'the project has changed since this was shown' });
      return { line: 'winter-sale-2026~3', files: 2, left: [] };
    },
  });
  await expect.element(panel()).toBeVisible();
  await userEvent.keyboard('r');
  const dialog = page.getByRole('dialog');
  await expect.element(dialog.getByText('2 files are put back')).toBeVisible();
  await expect.element(dialog.getByText('somebody changed it since')).toBeVisible();
  await expect.element(dialog.getByText(/\$0\.92, spent since then/)).toBeVisible();
  const looked = asked('project.rollback_plan').length;
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect.element(dialog.getByText('the project has changed since this was shown')).toBeVisible();
  await expect.poll(() => asked('project.rollback_plan').length).toBe(looked + 1);
  stale = false;
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await expect.element(dialog).not.toBeInTheDocument();
  expect(asked('project.roll_back').at(-1)).toMatchObject({ project: WINTER.id, hash: ROLLBACK.hash });
});

test('a run of a step is no place to go back to', async () => {
  await open();
  await expect.element(panel()).toBeVisible();
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
  await expect.element(panel().getByRole('heading', { name: 'Write the copy: run 1 failed' })).toBeVisible();
  await expect.element(button(/^Roll back/)).not.toBeInTheDocument();
});
