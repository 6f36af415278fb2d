import { expect, test } from 'vitest';
import type { MemberRef } from '#ui/components/member/member.ts';
import { dueLine, matchesFilter, neighbourOf } from './inboxItems.ts';
import type { DueItem } from './model.ts';
import { isRisky } from './useConfirm.ts';

const importer: MemberRef = { id: 'i', name: 'Shop importer', kind: 'agent', initials: 'Si' };
const entry = { id: '1', title: 'Title', at: 0, asker: importer };

test.for<[DueItem, string]>([
  [
    { ...entry, kind: 'approval', effect: 'network', most: 380_000, approvals: { have: 1, need: 2 } },
    'Shop importer, network, ≤ $0.38, 1 of 2',
  ],
  [{ ...entry, kind: 'approval', effect: 'push', most: null, note: '3 commits' }, 'Shop importer, push, 3 commits'],
  [{ ...entry, kind: 'unknown', effect: 'spend', amount: 8_400_000 }, 'Shop importer, spend, $8.40'],
  [{ ...entry, kind: 'plan', steps: 10, cost: 33_600_000 }, 'Shop importer, 10 steps, $33.60'],
  [{ ...entry, kind: 'question', waiting: 2 }, 'Shop importer asks, 2 steps wait'],
])('%o', ([item, line]) => {
  expect(dueLine(item)).toBe(line);
});

test('a plan counts as an approval', () => {
  const plan: DueItem = { ...entry, kind: 'plan', steps: 1, cost: 0 };
  expect([matchesFilter(plan, 'all'), matchesFilter(plan, 'approvals'), matchesFilter(plan, 'questions')]).toEqual([
    true,
    true,
    false,
  ]);
});

test('moving stays at the ends and starts at the first', () => {
  const ids = ['a', 'b', 'c'];
  expect([
    neighbourOf(ids, 'a', 1),
    neighbourOf(ids, 'c', 1),
    neighbourOf(ids, 'a', -1),
    neighbourOf(ids, null, 1),
    neighbourOf([], null, 1),
  ]).toEqual(['b', 'c', 'a', 'a', null]);
});

test('deletes, pushes, posts and spends are asked twice', () => {
  expect(
    (['read', 'write', 'run', 'network', 'delete', 'push', 'post', 'spend'] as const).filter((effect) =>
      isRisky([effect]),
    ),
  ).toEqual(['delete', 'push', 'post', 'spend']);
});
