import { expect, test } from 'vitest';
import { CLOCK } from '#ui/gallery/fixtures/clock.ts';
import type { HistoryDto, MomentDto, PointDto, ProjectDto, RunDto, SpendThenDto, StepDto } from '#ui/ipc/bindings.ts';
import { decisionWords } from '#ui/places/shared/decisions.ts';
import { PLACE } from '#ui/testing/place.ts';
import { besideOf, branchesOf, daysOf, grantWords, type HistoryFilter, historyOf, lineName } from './fromHistory.ts';

const step = (id: string): StepDto => ({
  id,
  title: `Step ${id}`,
  status: 'completed',
  assignee: 'scout',
  runs: 1,
  summary: null,
  artifacts: [],
  started_at: 1_000_000,
  finished_at: 3_000_000,
});

const PROJECT: ProjectDto = {
  id: 'p1',
  request: 'r1',
  title: 'A report',
  status: 'completed',
  held: false,
  department: 'engineering',
  folder: PLACE.folder,
  source: null,
  place: PLACE,
  plan_version: 1,
  approved_version: 1,
  steps: [step('a')],
  created_at: 0,
  updated_at: 0,
};

const spend = (charged: string): SpendThenDto => ({
  charged_usd: charged,
  held_usd: '$0.00',
  tokens: 0,
  calls: 0,
  models: [],
});

const point = (hash: string, at: number, more: Partial<PointDto> = {}): MomentDto => ({
  kind: 'checkpoint',
  hash,
  parent: null,
  entry: at / 1_000_000,
  line: 'p1',
  run: null,
  superstep: 0,
  steps: [],
  changed: [],
  actor: 'owner',
  at,
  spent: spend('$1.50'),
  cost: spend('$0.00'),
  decisions: [],
  ...more,
});

const run = (id: string, status: string): RunDto => ({
  id,
  step: 'a',
  attempt: 1,
  member: 'scout',
  line: 'p1',
  status,
  category: null,
});

const PAGE: HistoryDto = {
  lines: [{ thread: 'p1', from: null, since: 0, current: true }],
  runs: [run('p1/a/1', 'failed'), run('p1/a/2', 'completed')],
  moments: [
    point('c3', 7_000_000, { superstep: 1, steps: ['a'], parent: 'c0' }),
    point('c2', 6_000_000, { run: 'p1/a/2', superstep: 1 }),
    { kind: 'step', entry: 5, step: 'a', status: 'failed', runs: 1, summary: null, at: 5_000_000 },
    point('c1', 4_000_000, { run: 'p1/a/1', superstep: 1 }),
    {
      kind: 'effect',
      id: 'e1',
      run: 'p1/a/1',
      class: 'write',
      title: 'Write a.md',
      action_hash: 'ab',
      status: 'done',
      granted_by: null,
      at: 3_000_000,
      settled_at: 3_000_000,
    },
    {
      kind: 'decision',
      id: 'd1',
      subject: 'approval',
      decision: 'approve',
      reason: null,
      action_hash: 'ab',
      by: 'owner',
      channel: 'http',
      at: 2_000_000,
    },
    point('c0', 1_000_000),
  ],
  older: null,
};

const EVENTS = historyOf(PROJECT, [PAGE]);

test('a history is told from its end, with its runs below it and what was spent by then', () => {
  expect(EVENTS.map(({ row }) => [row.title, row.who, row.nested ?? false])).toEqual([
    ['Ended: Step a', 'owner', false],
    ['Step a: run 1 done', 'scout', true],
    ['Step a failed', '', false],
    ['Step a: run 1 failed', 'scout', true],
    ['Write a.md: done', 'scout', true],
    ['Effect: approved', 'owner', false],
    ['Approved, and begun', 'owner', false],
  ]);
  expect(EVENTS[0]?.row.spent).toBe(1_500_000);
  expect([grantWords('decision:d1'), grantWords('policy:inside'), grantWords(null)]).toEqual([
    'a person’s decision',
    'policy: inside',
    'needed no permit',
  ]);
});

test('a row that stands on two pages is shown once', () => {
  expect(historyOf(PROJECT, [PAGE, { ...PAGE, moments: PAGE.moments.slice(-2) }])).toHaveLength(EVENTS.length);
  expect(historyOf(PROJECT, [])).toEqual([]);
});

const shown = (filter: HistoryFilter) => daysOf(CLOCK, EVENTS, filter).flatMap((day) => day.rows.map(({ id }) => id));

test('a filter leaves out what it does not name, and days that have nothing', () => {
  expect(shown('checkpoints')).toEqual(['checkpoint c3', 'checkpoint c2', 'checkpoint c1', 'checkpoint c0']);
  expect(shown('decisions')).toEqual(['decision d1']);
  expect(shown('errors')).toEqual(['step 5', 'checkpoint c1']);
  expect(daysOf(CLOCK, [], 'all')).toEqual([]);
});

test('the next checkpoint is found over whatever lies between, and none beyond the ends', () => {
  expect([besideOf(EVENTS, 'checkpoint c1', 1), besideOf(EVENTS, 'checkpoint c1', -1)]).toEqual([
    'checkpoint c0',
    'checkpoint c2',
  ]);
  expect([
    besideOf(EVENTS, 'checkpoint c0', 1),
    besideOf(EVENTS, 'checkpoint c3', -1),
    besideOf(EVENTS, null, 1),
  ]).toEqual([null, null, null]);
});

test('a line that left another one says where, and has a name of its own', () => {
  const lines = [...PAGE.lines, { thread: 'p1~2', from: 'c0', since: 4_500_000, current: true }];
  expect(branchesOf(lines)).toEqual([{ id: 'p1' }, { id: 'p1~2', from: 'checkpoint c0' }]);
  expect([lineName(lines, 'p1'), lineName(lines, 'p1~2')]).toEqual(['the main line', 'line 2']);
  const rows = historyOf(PROJECT, [{ ...PAGE, lines }]).map(({ row }) => [row.id, row.branch]);
  expect(rows.filter(([id]) => id === 'step 5' || id === 'decision d1')).toEqual([
    ['step 5', 'p1~2'],
    ['decision d1', 'p1'],
  ]);
});

test('a decision of a later version is shown by its name', () => {
  expect(decisionWords({ subject: 'levitation', decision: 'float' })).toBe('levitation: float');
});
