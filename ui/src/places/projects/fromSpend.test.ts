import { expect, test } from 'vitest';
import type { ProjectDto, SpendDto } from '#ui/ipc/bindings.ts';
import { centsOf, spendOf } from './fromSpend.ts';

const PROJECT = { steps: [{ id: 's', title: 'Write it' }] } as unknown as ProjectDto;

const call = (more: Partial<SpendDto>): SpendDto => ({
  id: 'c1',
  purpose: 'work',
  step: 's',
  member: 'writer',
  endpoint: 'here',
  model: 'm-1',
  status: 'known',
  reserved_usd: '$0.10',
  charged_usd: '$0.0012',
  input: 10,
  cached: 5,
  cache_write: 0,
  output: 3,
  why: 'the only one of its tier',
  rejected: [],
  at: 1_000_000,
  settled_at: 2_000_000,
  ...more,
});

test('a call says its step, what was set aside for it and what it came to', () => {
  const budgets = [{ scope: 'project', charged_usd: '$0.50', most_usd: '$2.00', used_percent: 25 }];
  const calls = [call({}), call({ id: 'c2', status: 'reserved', step: null, purpose: 'planning' })];
  const model = spendOf({ budgets, charged_usd: '$0.0012', calls }, PROJECT, new Map());
  expect(model.budgets).toEqual([{ id: 'project', name: 'This project', used: 500_000, most: 2_000_000, percent: 25 }]);
  expect(model.rows.map(({ step, charged, tokens, status }) => [step, charged, tokens, status])).toEqual([
    ['Planning', null, 18, 'run'],
    ['Write it', 1_200, 18, 'done'],
  ]);
});

test.for([
  ['2', 200],
  ['$2.5', 250],
  ['2,05', 205],
  ['0', 0],
  ['-1', null],
  ['two', null],
  ['', null],
  ['1.234', null],
] as const)('%s is so many cents', ([text, cents]) => expect(centsOf(text)).toBe(cents));
