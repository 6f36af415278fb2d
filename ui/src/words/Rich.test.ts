import { isValidElement } from 'react';
import { expect, test } from 'vitest';
import { parseRich } from './Rich.tsx';

test('only the three marks become elements, everything else stays text', () => {
  const parts = parseRich('a <code>b</code> <script>c</script> <em>d</em>');
  expect(parts.map((part) => (isValidElement(part) ? String(part.type) : part))).toEqual([
    'a ',
    'code',
    ' <script>c</script> ',
    'em',
  ]);
});
