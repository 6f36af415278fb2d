// The arithmetic behind the pictures, away from any of them.
import { describe, expect, test } from 'vitest';
import { keyCaps } from './kbd/keyCaps.ts';
import { placeOf, ticksOf } from './lanes/laneScale.ts';
import { initials } from './member/member.ts';
import { meterParts } from './meter/meterParts.ts';
import { sparkPath } from './spark/sparkPath.ts';
import { type SplitBounds, widthAfterKey } from './split/splitWidth.ts';
import { layoutRail } from './timeline/rail.ts';

test('caps show a chord as one and a sequence as several', () => {
  expect([
    keyCaps('Mod+K', true),
    keyCaps('Mod+Shift+P', false),
    keyCaps('G I', true),
    keyCaps('Mod+Enter', true),
  ]).toEqual([['⌘K'], ['Ctrl Shift P'], ['G', 'I'], ['⌘↵']]);
});

test('a person has the letters of two names, an agent of its words', () => {
  expect([
    initials('Maya Lindqvist', 'person'),
    initials('Tomás', 'person'),
    initials('Copy editor', 'agent'),
    initials('shopctl', 'agent'),
  ]).toEqual(['ML', 'T', 'Ce', 'Sh']);
});

describe('meter', () => {
  test('used and reserved never reach past the end', () => {
    expect([meterParts(41, 6, 100, 0.8), meterParts(95, 20, 100, 0.8), meterParts(120, 5, 100, 0.8)]).toEqual([
      { used: 41, held: 6, tone: undefined },
      { used: 95, held: 5, tone: 'wait' },
      { used: 100, held: 0, tone: 'fail' },
    ]);
  });
  test('a limit of nothing is full as soon as anything is used', () => {
    expect([meterParts(0, 0, 0, 0.8).used, meterParts(1, 0, 0, 0.8).used]).toEqual([0, 100]);
  });
});

test('lanes place moments in their span and ticks on round times', () => {
  const span = { from: Date.UTC(2026, 10, 19, 10), to: Date.UTC(2026, 10, 19, 18) };
  expect([placeOf(span.from, span), placeOf(Date.UTC(2026, 10, 19, 14), span), placeOf(span.to + 5, span)]).toEqual([
    0, 50, 100,
  ]);
  expect(ticksOf(span).map((tick) => new Date(tick).getUTCHours())).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
});

test('the split moves by sixteen pixels, towards the side it sizes, inside its bounds', () => {
  const bounds: SplitBounds = { least: 100, most: 200, initial: 150 };
  expect([
    widthAfterKey('ArrowRight', 150, bounds, 'left'),
    widthAfterKey('ArrowRight', 150, bounds, 'right'),
    widthAfterKey('ArrowRight', 195, bounds, 'left'),
    widthAfterKey('Home', 150, bounds, 'left'),
    widthAfterKey('x', 150, bounds, 'left'),
  ]).toEqual([166, 134, 200, 100, null]);
});

test('a spark fills its box, equal values run along the middle', () => {
  expect([sparkPath([0, 10], 64, 16), sparkPath([5, 5], 64, 16), sparkPath([], 64, 16)]).toEqual([
    'M1 15L63 1',
    'M1 8L63 8',
    '',
  ]);
});

test('the rail runs through its rows, a branch leaves from the row it forked at', () => {
  const rail = layoutRail(
    [
      {
        rows: [
          { id: 'd', branch: 'main', hollow: false },
          { id: 'c', branch: 'alt', hollow: true },
        ],
      },
      {
        rows: [
          { id: 'b', branch: 'main', hollow: false },
          { id: 'a', branch: 'main', hollow: true },
        ],
      },
    ],
    [{ id: 'main' }, { id: 'alt', from: 'b' }],
  );
  expect(rail.dots.map((dot) => [dot.id, dot.x, dot.y])).toEqual([
    ['d', 16, 46],
    ['c', 36, 82],
    ['b', 16, 146],
    ['a', 16, 182],
  ]);
  expect(rail.lines.map((line) => line.path.slice(0, 12))).toEqual(['M16 46V182', 'M16 146C16 1']);
});
