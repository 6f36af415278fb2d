import { expect, test } from 'vitest';
import { linesAsText, statusOf } from './fromLogs.ts';

test('lines are copied in the order in which they were written', () => {
  const line = { at: 1_000_000, level: 'warn', target: 'store', message: 'two', details: 'a=1' };
  const lines = [line, { at: null, level: 'unknown', target: '', message: 'one', details: '' }];
  expect(linesAsText(lines)).toBe('unknown one\n1970-01-01T00:00:01.000Z warn store two a=1');
});

test('only what is wrong is coloured', () => {
  expect(['error', 'warn', 'info', 'debug', 'unknown'].map(statusOf)).toEqual([
    'fail',
    'wait',
    'queued',
    'queued',
    'unknown',
  ]);
});
