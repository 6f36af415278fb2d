import { describe, expect, test } from 'vitest';
import {
  bytes,
  type Clock,
  confidence,
  count,
  countOf,
  dayHead,
  deadline,
  duration,
  exactBytes,
  exactTime,
  fromHost,
  hash,
  limit,
  list,
  money,
  moneyChange,
  percent,
  roughCount,
  sentence,
  shortPath,
  unwrapped,
  when,
} from './format.ts';

const usd = (dollars: number) => Math.round(dollars * 1e6);

test.for([
  [usd(0.0012), '$0.0012'],
  [usd(0.23), '$0.23'],
  [usd(12.34), '$12.34'],
  [usd(1284.5), '$1,284.50'],
  [0, '$0.00'],
  [usd(-212.1), '−$212.10'],
  [null, 'no price'],
] as const)('money %d is %s', ([value, shown]) => {
  expect(money(value), 'look §10 fixes one form for each amount').toBe(shown);
});

test('a limit and a change carry their sign', () => {
  expect([limit(usd(0.38)), limit(null), moneyChange(usd(3.2)), moneyChange(0), moneyChange(usd(-1))]).toEqual([
    '≤ $0.38',
    'no price',
    '+$3.20',
    '$0.00',
    '−$1.00',
  ]);
});

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = Date.UTC(2026, 10, 19, 14, 58);
const clock: Clock = { now, zone: 'UTC' };

test.for([
  [now - 20_000, 'now'],
  [now - 4 * MINUTE, '4 min'],
  [now - HOUR, '1 h'],
  [now - 7 * HOUR, '07:58'],
  [Date.UTC(2026, 10, 18, 7, 45), 'Wed 07:45'],
  [Date.UTC(2026, 9, 18, 17, 45), '18 Oct'],
  [Date.UTC(2025, 10, 18), '18 Nov 2025'],
] as const)('%d is shown as %s', ([at, shown]) => {
  expect(when(clock, at), 'a nearer moment is told by its age, a farther one by its date').toBe(shown);
});

test('a moment of the host is told in microseconds', () => {
  expect(fromHost(now * 1000 + 999)).toBe(now);
});

test('the zone of the clock decides the day', () => {
  const late = Date.UTC(2026, 10, 19, 23, 30);
  expect([dayHead({ now: late, zone: 'UTC' }, late), dayHead({ now: late, zone: 'UTC' }, late + HOUR)]).toEqual([
    'Today, Thu 19 Nov',
    'Fri 20 Nov',
  ]);
  expect(exactTime({ now, zone: 'UTC' }, now + 7412), 'the exact time has milliseconds and its zone').toBe(
    'Thu, 19 Nov 2026, 14:58:07.412 UTC',
  );
});

test.for([
  [400, '0.4 s'],
  [11_000, '11 s'],
  [9 * MINUTE, '9 min'],
  [3 * HOUR, '3 h'],
  [24 * HOUR, '1 day'],
  [6 * 24 * HOUR, '6 days'],
] as const)('%d ms take %s', ([span, shown]) => {
  expect(duration(span)).toBe(shown);
});

describe('figures', () => {
  test('counts', () => {
    expect([count(1284), countOf(2, 3), roughCount(950), roughCount(88_000), roughCount(2_100_000)]).toEqual([
      '1,284',
      '2 of 3',
      '950',
      '88 k',
      '2.1 M',
    ]);
  });
  test('shares', () => {
    expect([percent(0.58), confidence(0.9)]).toEqual(['58 %', '0.90']);
  });
  test('sizes', () => {
    expect([bytes(1), bytes(1400), bytes(38e6), bytes(184e6), exactBytes(4118)]).toEqual([
      '1 byte',
      '1.4 KB',
      '38 MB',
      '184 MB',
      '4,118 bytes',
    ]);
  });
  test('hashes stand in fours', () => {
    expect([hash('9f2c41ab07d3e588'), hash('9f2c41ab07d3e588', 8)]).toEqual(['9f2c 41ab 07d3', '9f2c 41ab']);
  });
  test('a long path is cut in its middle, its last part is whole', () => {
    expect(shortPath('photos/2026-11/ridge-shell/NT-1043-front-1600.jpg', 40)).toBe(
      'photos/2026-11/…/NT-1043-front-1600.jpg',
    );
    expect(shortPath('copy/en/NT-1043.md', 40)).toBe('copy/en/NT-1043.md');
  });
  test('what is not known leaves no gap in a list', () => {
    expect(list(['Shop importer', null, false, '', '1 of 2'])).toBe('Shop importer, 1 of 2');
  });
});

test('a deadline names its day unless that is today', () => {
  const evening = { now: Date.UTC(2026, 10, 21, 18, 0), zone: 'UTC' };
  expect(deadline(evening, Date.UTC(2026, 10, 21, 23, 15))).toBe('23:15');
  expect(deadline(evening, Date.UTC(2026, 10, 28, 18, 18))).toBe('Sat 28 Nov 18:18');
});

test('lines that were broken for a narrow page become paragraphs; lists and ends of sentences keep theirs', () => {
  expect(
    unwrapped('Take the inventory,\ntests and docs.\nName gaps:\n- one\n- two\n\nTomatoes die\nWrite it down'),
  ).toBe('Take the inventory, tests and docs.\nName gaps:\n- one\n- two\n\nTomatoes die\nWrite it down');
  expect(sentence('no rule allows this')).toBe('No rule allows this');
});
