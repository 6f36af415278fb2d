import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { oneLine, visible } from './visible.ts';

interface Case {
  what: string;
  text: string;
  visible: string;
  one_line: string;
}

const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../src-tauri/crates/cadre-core/tests/visible.json'), 'utf8'),
) as Case[];

test('there are cases', () => expect(CASES.length).toBeGreaterThan(10));

test.for(CASES)('$what is seen as in the terminal', (one) => {
  expect([visible(one.text), oneLine(one.text)]).toEqual([one.visible, one.one_line]);
});
