import { expect, test } from 'vitest';
import { nameOf, standingOf } from './fromBackups.ts';

test('a backup is named by its folder', () => {
  expect(['/w/backups/2026-11-21T173000Z', '/w/backups/x/', 'C:\\w\\x', ''].map(nameOf)).toEqual([
    '2026-11-21T173000Z',
    'x',
    'x',
    '',
  ]);
});

const standing = (kind: string, problems: string[] = []) => standingOf({ kind, problems }).status;

test('only what was checked says so, and what was damaged before says that', () => {
  expect([standing('backup'), standing('backup', ['x is damaged']), standing('replaced'), standing('magic')]).toEqual([
    'done',
    'wait',
    'queued',
    'unknown',
  ]);
});
