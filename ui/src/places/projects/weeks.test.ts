import { expect, test } from 'vitest';
import { isoWeek, mondayOf, weekScale } from './weeks.ts';

const day = (year: number, month: number, date: number) => Date.UTC(year, month - 1, date, 13);

test('weeks begin on Monday and are numbered as ISO 8601 says', () => {
  expect(new Date(mondayOf(day(2026, 11, 19))).toISOString().slice(0, 10)).toBe('2026-11-16');
  expect([
    isoWeek(day(2026, 11, 19)),
    isoWeek(day(2027, 1, 1)),
    isoWeek(day(2026, 1, 1)),
    isoWeek(day(2024, 12, 30)),
  ]).toEqual([47, 53, 1, 1]);
});

test('the scale starts with the week of today', () => {
  const scale = weekScale(day(2026, 11, 19));
  expect([scale.days.length, scale.weeks.map((week) => week.number)]).toEqual([28, [47, 48, 49, 50]]);
});
