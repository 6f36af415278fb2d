import { expect, test } from 'vitest';
import { centsOf, centsOfHost } from './fromSettings.ts';

test('an amount is read as it was meant, or not at all', () => {
  const amounts = ['10', '10.5', ' $10.05 ', '0', '', 'ten', '-1', '1.005', '1e3', '1,000'];
  expect(amounts.map(centsOf)).toEqual([1000, 1050, 1005, 0, null, null, null, null, null, null]);
});

test('what the host says of a limit', () => {
  expect(['$10.00', '$1,284.50', 'no price', undefined].map(centsOfHost)).toEqual([1000, 128_450, null, null]);
});
