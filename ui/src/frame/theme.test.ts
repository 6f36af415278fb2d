import { expect, test } from 'vitest';
import { readAppearance, themeAfter } from './theme.ts';

test('what was stored is read, what is damaged is the choice of the system', () => {
  expect(readAppearance('{"theme":"dark","density":"compact"}')).toEqual({ theme: 'dark', density: 'compact' });
  for (const damaged of [null, '', '{', 'null', '7', '{"theme":"pink"}'])
    expect(readAppearance(damaged)).toEqual({ theme: 'system', density: 'regular' });
});

test('next goes round all themes', () => {
  expect([themeAfter('system'), themeAfter('light'), themeAfter('dark'), themeAfter('contrast')]).toEqual([
    'light',
    'dark',
    'contrast',
    'system',
  ]);
});
