import { expect, test } from 'vitest';
import { announceApproval, announceProgress, assertive, PROGRESS_EVERY, polite } from './announcer.ts';

test('an approval is told each time, even in the same words', () => {
  announceApproval('Import 62 prices needs you');
  const { turn } = assertive.get();
  announceApproval('Import 62 prices needs you');
  expect(assertive.get()).toEqual({ text: 'Import 62 prices needs you', turn: turn + 1 });
});

test('progress is told at most every ten seconds for each project', () => {
  expect([
    announceProgress('a', '10 %', 0),
    announceProgress('a', '11 %', PROGRESS_EVERY - 1),
    announceProgress('b', '50 %', 1),
    announceProgress('a', '20 %', PROGRESS_EVERY),
  ]).toEqual([true, false, true, true]);
  expect(polite.get().text).toBe('20 %');
});
