// A read that fails is shown with its code and a way to try again. It is never shown as an empty place.
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { MessageDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { openPage, STATUS } from '#ui/testing/openPage.tsx';
import { PLACE } from '#ui/testing/place.ts';

const PROJECT: ProjectDto = {
  id: 'p1',
  request: 'r1',
  title: 'Winter sale',
  department: 'marketing',
  folder: '/w/p1',
  source: null,
  created_at: 0,
  updated_at: 0,
  status: 'running',
  plan_version: 1,
  approved_version: 1,
  held: false,
  place: PLACE,
  steps: [],
};

const broken = () => {
  throw new CallError({ code: 'internal', message: 'a row cannot be read', hint: 'Look into the log' });
};

const open = (path: string, answers: Record<string, (input: unknown) => unknown>) =>
  openPage(path, { 'project.get': () => PROJECT, 'plan.get': broken, 'request.get': broken, ...answers });

/** Something that was said at a moment. */
const message = (at: number): MessageDto => ({
  run: 'run1',
  step: 's1',
  place: at,
  role: 'agent',
  name: 'scout',
  text: `words ${at}`,
  data: null,
  at,
});

/** Fails as long as it is told to. */
function failing<Answer>(answer: Answer) {
  const state = { fails: true };
  return { state, answer: () => (state.fails ? broken() : answer) };
}

test('Home does not say that nothing waits when it could not look', async () => {
  const inbox = failing([]);
  await open('/', { 'inbox.list': inbox.answer });
  const alert = page.getByRole('alert');
  await expect.element(alert).toHaveTextContent(/a row cannot be read.*Look into the log.*internal/);
  await expect.element(page.getByText('Nothing needs you.')).not.toBeInTheDocument();
  inbox.state.fails = false;
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText('Nothing needs you.')).toBeVisible();
  await expect.element(alert).not.toBeInTheDocument();
});

test('Home does not say that nothing runs when it could not look', async () => {
  const projects = failing([]);
  await open('/', { 'project.list': projects.answer });
  await expect.element(page.getByRole('alert')).toHaveTextContent(/internal/);
  await expect.element(page.getByText('Nothing runs.')).not.toBeInTheDocument();
  projects.state.fails = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText('Nothing runs.')).toBeVisible();
});

test('a project says what of it could not be read, and reads all of it again', async () => {
  const inbox = failing([]);
  const members = failing([]);
  const transport = await open('/projects/p1/files', { 'inbox.list': inbox.answer, 'member.list': members.answer });
  const alert = page.getByRole('alert');
  await expect.element(alert).toHaveTextContent(/a row cannot be read/);
  inbox.state.fails = false;
  members.state.fails = false;
  await alert.getByRole('button', { name: 'Try again' }).click();
  await expect.element(alert).not.toBeInTheDocument();
  const asked = (operation: string) => transport.calls.filter((call) => call.operation === operation).length;
  expect([asked('inbox.list'), asked('member.list')]).toEqual([2, 2]);
});

test('the earlier part of a conversation says why it does not come, and comes when it is asked for again', async () => {
  const newest = Array.from({ length: 200 }, (_, index) => message(1_000_000 + index));
  const earlier = failing([message(7)]);
  await open('/projects/p1/conversation', {
    'project.conversation': (input) =>
      (input as { before: number | null }).before === null ? newest : earlier.answer(),
  });
  await page.getByRole('button', { name: 'Show what was said before' }).click();
  await expect.element(page.getByRole('alert')).toHaveTextContent(/a row cannot be read.*internal/);
  earlier.state.fails = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByRole('alert')).not.toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: 'Show what was said before' })).not.toBeInTheDocument();
});

test('counts that could not be read are said to be old', async () => {
  const status = failing(STATUS);
  await open('/', { 'system.status': status.answer });
  await expect.element(page.getByText('What happens cannot be read', { exact: false })).toBeVisible();
  status.state.fails = false;
  await page.getByRole('button', { name: 'Connect now' }).click();
  await expect.element(page.getByText('Northwind', { exact: true })).toBeVisible();
});
