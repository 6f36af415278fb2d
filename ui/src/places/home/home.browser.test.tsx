// A long conversation: its end is read and drawn at once, the rest when it is asked for.
import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import type { RequestDto } from '#ui/ipc/bindings.ts';
import { openPage } from '#ui/testing/openPage.tsx';

const request = (number: number): RequestDto => ({
  id: `r${number}`,
  text: `Request number ${number}.`,
  folder: null,
  attachments: [],
  by: 'ada',
  filed_at: number,
  reading: null,
  project: null,
});

const newestFirst = Array.from({ length: 25 }, (_, index) => request(25 - index));

test('the newest requests are read and drawn, and earlier ones when they are asked for', async () => {
  const transport = await openPage('/', {
    'request.list': (input) => newestFirst.slice(0, (input as { limit: number }).limit),
  });
  await expect.element(page.getByText('Request number 25.')).toBeInTheDocument();
  await expect.element(page.getByText('Request number 16.')).toBeInTheDocument();
  expect(page.getByText('Request number 15.').query()).toBeNull();
  await page.getByRole('button', { name: 'Show 10 earlier requests' }).click();
  await page.getByRole('button', { name: 'Show 5 earlier requests' }).click();
  await expect.element(page.getByText('Request number 1.')).toBeInTheDocument();
  await expect.element(page.getByRole('button', { name: /earlier/ })).not.toBeInTheDocument();
  const asked = transport.calls.filter((call) => call.operation === 'request.list').map((call) => call.input);
  expect(asked).toEqual([{ limit: 20 }, { limit: 30 }, { limit: 40 }]);
});

test('recent folders are read only while a folder is named', async () => {
  const transport = await openPage('/', { 'request.list': () => newestFirst, 'folder.recent': () => [] });
  const asked = () => transport.calls.filter((call) => call.operation === 'folder.recent').length;
  await expect.element(page.getByText('Request number 25.')).toBeInTheDocument();
  expect(asked()).toBe(0);
  await page.getByRole('button', { name: 'Folder…' }).click();
  await expect.poll(asked).toBe(1);
});

test('earlier requests do not take the reader away, and what is sent comes into view', async () => {
  const all = [...newestFirst];
  await openPage('/', {
    'request.list': (input) => all.slice(0, (input as { limit: number }).limit),
    'request.file': () => {
      all.unshift(request(26));
      return { id: 'r26', reading: null };
    },
  });
  await expect.element(page.getByText('Request number 25.')).toBeInViewport();
  const earlier = page.getByRole('button', { name: 'Show 10 earlier requests' });
  earlier.element().scrollIntoView();
  await earlier.click();
  await expect.element(page.getByText('Request number 6.')).toBeInTheDocument();
  await expect.element(page.getByText('Request number 25.')).not.toBeInViewport();
  await page.getByRole('textbox', { name: 'Request', exact: true }).fill('One more');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByText('Request number 26.')).toBeInViewport();
});
