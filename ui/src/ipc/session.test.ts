import { expect, test, vi } from 'vitest';
import { codeOf, takeCode } from './session.ts';

test('a code is read from the fragment only', () => {
  expect([
    codeOf('#code=a%2Bb'),
    codeOf('#/code=abc'),
    codeOf('#/inbox'),
    codeOf('#/inbox?code=abc'),
    codeOf(''),
  ]).toEqual(['a+b', 'abc', null, null, null]);
});

test('the code leaves the address bar with the history entry it stood in', () => {
  const replaceState = vi.fn();
  const code = takeCode(
    { hash: '#code=once', pathname: '/cadre/', search: '?x=1' } as Location,
    { replaceState } as unknown as History,
  );
  expect(code).toBe('once');
  expect(replaceState.mock.calls).toEqual([[null, '', '/cadre/?x=1#/']]);
});

test('without a code the address bar is left alone', () => {
  const replaceState = vi.fn();
  expect(
    takeCode({ hash: '#/inbox', pathname: '/', search: '' } as Location, { replaceState } as unknown as History),
  ).toBeNull();
  expect(replaceState).not.toHaveBeenCalled();
});
