// Every word of the interface lies in the catalogue: read from the syntax trees of all components.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import catalogue from './en.json';

const ROOT = join(import.meta.dirname, '..');
const SPOKEN = new Set(['aria-label', 'title', 'placeholder', 'label', 'alt', 'hint', 'sendWords']);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'testing' ? [] : sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.includes('.test.') ? [path] : [];
  });
}

interface Node {
  type: string;
  [key: string]: unknown;
}

function walk(value: unknown, visit: (node: Node) => void) {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (typeof value === 'object' && value !== null) {
    if ('type' in value && typeof value.type === 'string') visit(value as Node);
    for (const [key, inner] of Object.entries(value)) if (key !== 'parent') walk(inner, visit);
  }
}

const hasWords = (text: unknown) => typeof text === 'string' && /\p{L}{2,}/u.test(text);

const files = sources(ROOT).map((path) => ({ name: relative(ROOT, path), text: readFileSync(path, 'utf8') }));

test('no component has words of its own', () => {
  const found: string[] = [];
  for (const { name, text } of files) {
    if (!name.endsWith('.tsx')) continue;
    walk(parseSync(name, text).program, (node) => {
      if (node.type === 'JSXText' && hasWords(node.value)) found.push(`${name}: ${String(node.value).trim()}`);
      if (node.type === 'JSXAttribute') {
        const { name: attribute, value } = node as unknown as { name: { name: string }; value: Node | null };
        if (SPOKEN.has(attribute.name) && value?.type === 'Literal' && hasWords(value.value))
          found.push(`${name}: ${attribute.name}="${String(value.value)}"`);
      }
    });
  }
  expect(found, 'words belong in words/en.json, invented ones in gallery/fixtures').toEqual([]);
});

function keysOf(part: object, prefix = ''): string[] {
  return Object.entries(part).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : keysOf(value, `${prefix}${key}.`),
  );
}

test('every entry of the catalogue is used', () => {
  const all = files.map((file) => file.text).join('\n');
  const dynamic = [...all.matchAll(/t\(`([\w.]+\.)\$\{/g)].map((match) => match[1] ?? '');
  const unused = keysOf(catalogue).filter((key) => {
    const base = key.replace(/_(zero|one|other)$/, '');
    return !all.includes(`'${base}'`) && !dynamic.some((prefix) => base.startsWith(prefix));
  });
  expect(unused, 'an entry nobody reads is a sentence nobody keeps true').toEqual([]);
});
