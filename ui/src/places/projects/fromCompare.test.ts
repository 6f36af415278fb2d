import { expect, test } from 'vitest';
import type { ComparedDto, LeafDto, SideDto, StateLeafDto } from '#ui/ipc/bindings.ts';
import { changeOf, leafText, outcomeOf, treeOf } from './fromCompare.ts';

const leaf = (text: string): LeafDto => ({ text, bytes: text.length, cut: false });
const at = (path: string, text: string): StateLeafDto => ({ path: path.split('.'), leaf: leaf(text) });

const side = (hash: string, charged: string, took: number, done: number): SideDto => ({
  hash,
  line: hash,
  at: 0,
  steps: ['a', 'b'].map((step, index) => ({
    step,
    status: index < done ? 'completed' : 'pending',
    runs: 0,
    summary: null,
    since: null,
  })),
  evidence: done,
  cost: { charged_usd: charged, held_usd: '$0.00', tokens: 10, calls: 1, models: [] },
  took,
  outside: 0,
});

const compared = (parted: string, from: SideDto, to: SideDto): ComparedDto => ({
  parted,
  parted_at: 0,
  from,
  to,
  state: [],
  changed: 0,
  values: 0,
  files: [],
});

test('where both sides went on, the better of each figure is marked', () => {
  const rows = outcomeOf(compared('c0', side('c1', '$0.50', 60_000_000, 1), side('c2', '$0.75', 30_000_000, 2)));
  expect(rows.map(({ id, better }) => [id, better])).toEqual([
    ['steps', 'to'],
    ['evidence', 'to'],
    ['cost', 'from'],
    ['time', 'to'],
    ['outside', undefined],
  ]);
  expect(rows.find(({ id }) => id === 'time')?.from).toBe('1 min');
});

test('where one follows from the other nothing is better: it only came later', () => {
  const rows = outcomeOf(compared('c1', side('c1', '$0.00', 0, 0), side('c2', '$0.75', 30_000_000, 2)));
  expect(rows.filter(({ better }) => better !== undefined)).toEqual([]);
});

test('a state is drawn as a tree, each key once', () => {
  const lines = treeOf([at('r.a.x', '1'), at('r.a.y.0', '2'), at('r.b.y.0', '3')]);
  expect(
    lines.map(({ depth, name, value }) => `${'-'.repeat(depth)}${name}${value === undefined ? '' : `=${value}`}`),
  ).toEqual(['a', '-x=1', '-y', '--0=2', 'b', '-y', '--0=3']);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  expect(treeOf([at('plan', 'h')])).toEqual([{ id: '[null]', depth: 0, name: '', value: 'h' }]);
});

test('a key and a value that share their path both have a line', () => {
  const lines = treeOf([at('r.a', '1'), at('r.a.b', '2')]);
  expect(new Set(lines.map(({ id }) => id)).size).toBe(3);
});

test('hostile and long values are shown in one line, with their size', () => {
  expect(leafText(leaf('a\nb\u202Ec'))).not.toMatch(/[\n\u202E]/);
  expect(leafText({ text: 'x'.repeat(2000), bytes: 90_000, cut: true })).toMatch(/^x{240}… \(\d/);
  expect(leafText(leaf(''))).toBe('""');
  expect(changeOf({ path: ['a', 'b'], before: null, after: leaf('1') })).toEqual({ path: 'a.b', after: '1' });
});
