// A long conversation: its end is drawn at once, the rest when it is asked for.
import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { draw } from '#ui/testing/draw.tsx';
import { HomeView } from './HomeView.tsx';
import type { HomeActs, TalkEntry } from './model.ts';

const YOU = { id: 'ada', name: 'Ada', kind: 'person', initials: 'A' } as const;
const acts: HomeActs = {
  send: () => Promise.resolve(true),
  correctReading: () => {},
  planIt: () => {},
  stopEverything: () => {},
};

const said = (number: number): TalkEntry[] => [
  { kind: 'said', id: `r${number}`, by: YOU, you: true, at: number, text: `Request number ${number}.` },
  { kind: 'answered', id: `r${number}`, by: YOU, at: number, text: `Read ${number}.` },
];

test('the newest requests are drawn, and earlier ones when they are asked for', async () => {
  const talk = Array.from({ length: 25 }, (_, index) => said(index + 1)).flat();
  await draw(<HomeView model={{ talk, due: [], dueCount: 0, running: [], runningCount: 0 }} acts={acts} />);
  await expect.element(page.getByText('Request number 25.')).toBeInTheDocument();
  await expect.element(page.getByText('Request number 16.')).toBeInTheDocument();
  expect(page.getByText('Request number 15.').query()).toBeNull();
  await page.getByRole('button', { name: 'Show 15 earlier requests' }).click();
  await page.getByRole('button', { name: 'Show 5 earlier requests' }).click();
  await expect.element(page.getByText('Request number 1.')).toBeInTheDocument();
  expect(page.getByRole('button', { name: /earlier/ }).query()).toBeNull();
});
