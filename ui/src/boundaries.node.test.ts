// What may name what. Kept by a test, because a rule that is only written down is soon broken.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = import.meta.dirname;
const MOST_LINES = 300;

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

const files = sources(ROOT).map((path) => ({
  name: relative(ROOT, path).replaceAll('\\', '/'),
  text: readFileSync(path, 'utf8'),
}));
const importing = (pattern: RegExp) => files.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

test('only ui/src/ipc names the desktop shell', () => {
  expect(importing(/from '@tauri-apps\//).filter((name) => !name.startsWith('ipc/'))).toEqual([]);
});

test('invented data is reached from the gallery only', () => {
  const outside = importing(/(from |import\()'[^']*gallery\//).filter(
    (name) =>
      !name.startsWith('gallery/') &&
      name !== 'routes.tsx' &&
      name !== 'boundaries.node.test.ts' &&
      !name.includes('.test.'),
  );
  expect(outside, 'a fixture that reaches a real page is a lie').toEqual([]);
});

test('components know no place, and places not one another but for what the Inbox shares', () => {
  expect(
    importing(/from '#ui\/places\//).filter((name) => name.startsWith('components/') || name.startsWith('frame/')),
  ).toEqual([]);
});

test('no file grows without end', () => {
  const long = files
    .filter(
      ({ text, name }) =>
        !name.startsWith('gallery/fixtures/') && name !== 'ipc/bindings.ts' && text.split('\n').length > MOST_LINES,
    )
    .map(({ name, text }) => `${name}: ${text.split('\n').length}`);
  expect(long, `split what has more than ${MOST_LINES} lines`).toEqual([]);
});
