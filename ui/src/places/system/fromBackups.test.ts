import { expect, test } from 'vitest';
import { nameOf, standingOf, unprovenOf } from './fromBackups.ts';

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

test('a backup that no record spoke for says so, and one of an unknown kind too', () => {
  expect(['made_here', 'part'].map(unprovenOf)).toEqual([null, null]);
  const said = ['kept_head', 'other_head', 'nothing', 'magic'].map(unprovenOf);
  expect(said[0]).toMatch(/has the entry whose head was kept outside/);
  expect(said[1]).toMatch(/not the record whose head was kept outside/);
  expect(said[2]).toMatch(/could not be compared/);
  expect(said[3]).toBe(said[2]);
});
