import { expect, test } from 'vitest';
import { PLACE } from '#ui/testing/place.ts';
import { workplaceOf } from './workplace.ts';

test('a worktree names its branch, and what of the checkout it begins without', () => {
  const model = workplaceOf({
    ...PLACE,
    mode: 'worktree',
    repository: '/home/ada/shop',
    branch: 'cadre/fix-it',
    base: '0123456789abcdef',
    uncommitted: 3,
    uncommitted_files: ['a.txt', 'odd\u202ename'],
    under_way: 'merge',
    parallel: ['left', 'right'],
    choices: ['in_place', 'fresh', 'something newer'],
  });
  expect(model.lines[0]).toContain('cadre/fix-it, from 0123456789ab.');
  expect(model.lines.join(' ')).toContain('left, right');
  expect(model.lines.join(' ')).toContain('merge');
  expect(model.uncommitted).toMatchObject({ files: ['a.txt', 'odd‹U+202E›name'], more: 1 });
  expect(model.choices).toEqual(['fresh', 'in_place']);
});

test('a clean folder warns of nothing', () => {
  expect(workplaceOf(PLACE)).toEqual({ lines: ['In a folder of its own, /w/p1'], choices: [] });
});
