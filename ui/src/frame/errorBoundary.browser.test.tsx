import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { draw } from '#ui/testing/draw.tsx';
import { ErrorBoundary } from './ErrorBoundary.tsx';

function Fails(): never {
  throw new Error('of a page');
}

test('a page that fails says so, is reported once, and can be tried again', async () => {
  const reported: unknown[] = [];
  await draw(
    <ErrorBoundary onError={(error) => reported.push(error)}>
      <Fails />
    </ErrorBoundary>,
  );
  await expect.element(page.getByRole('button', { name: 'Try again' })).toBeVisible();
  expect(reported.map(String)).toEqual(['Error: of a page']);
});
