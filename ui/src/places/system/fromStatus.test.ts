import { expect, test } from 'vitest';
import { containmentOf, ruleStanding } from './fromStatus.ts';

test('each level of containment says what it means, an unknown one promises nothing', () => {
  expect(['contained', 'partly', 'none', 'magic'].map((level) => containmentOf(level).status)).toEqual([
    'done',
    'wait',
    'fail',
    'unknown',
  ]);
});

test('a rule that no longer holds says whether it ended or expired', () => {
  const rule = { id: 'r', project: 'p', allows: 'x', made_at: 0, expires_at: 5_000_000, holds: false };
  expect([ruleStanding({ ...rule, holds: true }, 0), ruleStanding(rule, 4999), ruleStanding(rule, 5000)]).toEqual([
    'holds',
    'ended',
    'expired',
  ]);
});
