import { expect, test } from 'vitest';
import type { EffectDto, PlanDto, ProjectDto, StepDto } from '#ui/ipc/bindings.ts';
import { PLACE } from '#ui/testing/place.ts';
import { comparedOf, filesOf, headOf, planOf, projectsOf, tookOf } from './fromProject.ts';

const step = (id: string, status: string): StepDto => ({
  id,
  title: `Step ${id}`,
  status,
  assignee: 'scout',
  runs: 1,
  summary: null,
  artifacts: [],
  started_at: 1_000_000,
  finished_at: status === 'completed' ? 3_000_000 : null,
});

const PROJECT: ProjectDto = {
  id: 'p1',
  request: 'r1',
  held: false,
  title: 'Review',
  status: 'running',
  department: 'engineering',
  folder: '/w/p1',
  source: null,
  place: PLACE,
  plan_version: 2,
  approved_version: 1,
  steps: [step('a', 'completed'), step('b', 'failed')],
  created_at: 0,
  updated_at: 0,
};

const planned = (id: string, depends_on: string[], cost_usd = '$0.00'): PlanDto['steps'][number] => ({
  id,
  title: `Step ${id}`,
  kind: 'standard',
  assignee: 'scout',
  human: null,
  instructions: '',
  depends_on,
  minutes: 2,
  minutes_low: 1,
  minutes_high: 5,
  cost_usd,
  evidence: [{ kind: 'file_exists', value: 'a.md', note: '' }],
});

const PLAN: PlanDto = {
  project: 'p1',
  version: 1,
  hash: 'abc',
  title: 'Review',
  summary: '',
  request: 'Review it',
  department: 'engineering',
  complexity: 3,
  horizon: 'hours',
  template: null,
  planner: 'template',
  assumptions: [],
  risks: [],
  steps: [planned('a', []), planned('b', ['a'])],
  gaps: [],
  critical_minutes: 4,
  cost_usd: '$0.00',
  problems: [],
  place: PLACE,
};

const written: EffectDto = {
  id: 'e1',
  step: 'a',
  run: 'p1/a/1',
  member: 'scout',
  class: 'write',
  title: 'Write a.md',
  status: 'done',
  file: { folder: '/w/p1', path: 'a.md', change: 'new' },
  granted_by: 'decision:d1',
  undoable: true,
  intended_at: 2_000_000,
  settled_at: 2_500_000,
};

test('a row of the list names what went wrong', () => {
  const { rows, totals } = projectsOf([PROJECT]);
  expect(rows[0]).toMatchObject({ done: 1, steps: 2, health: { status: 'fail', text: 'Step b' } });
  expect(totals).toMatchObject({ running: 1, attention: 1, done: 1, steps: 2 });
});

test('the head leads to the decision, or to the plan that waits for one', () => {
  expect(headOf(PROJECT, [], undefined, 'run').banner).toBeUndefined();
  const planning = { ...PROJECT, status: 'planning' };
  expect(headOf(planning, [], 0, 'run').banner?.href).toBe('#/projects/p1/plan');
  expect(headOf(planning, [], 0, 'plan').banner, 'one does not lead to where one is').toBeUndefined();
});

test('the approved version shows how its steps stand, and says that it runs', () => {
  const model = planOf(PLAN, PROJECT, new Map());
  expect(model.steps.map(({ status }) => status)).toEqual(['done', 'fail']);
  expect([model.note, model.columnNames, model.versions]).toEqual([
    'Approved: this version runs',
    ['Stage 1', 'Stage 2'],
    [1, 2],
  ]);
  expect(
    planOf({ ...PLAN, version: 2 }, PROJECT, new Map()).note,
    'the newest is the one to decide on',
  ).toBeUndefined();
});

test('steps that wait for each other do not hang the page', () => {
  const circle = { ...PLAN, steps: [planned('a', ['b']), planned('b', ['a'])] };
  expect(planOf(circle, PROJECT, new Map()).columnNames.length).toBeGreaterThan(0);
});

test('two versions are compared step by step', () => {
  const after = { ...PLAN, version: 2, steps: [planned('a', [], '$0.10'), planned('c', ['a'])] };
  const compared = comparedOf(PLAN, after, { added: ['c'], removed: ['b'], changed: ['a'], frame: false });
  expect(compared?.rows.map(({ step: name, why, cost }) => [name, why, cost])).toEqual([
    ['Step c', 'added', 0],
    ['Step a', 'changed', 100_000],
    ['Step b', 'removed', 0],
  ]);
});

const files = (status: string) =>
  filesOf([{ ...written, status, undoable: status === 'done' }], PROJECT, new Map()).files.map((file) => [
    file.mark,
    file.undoable,
  ]);

test('a file can be undone as long as its change stands', () => {
  expect([files('done'), files('undone'), files('intended')]).toEqual([[['A', true]], [['A', false]], []]);
});

test('a step that runs has no duration yet', () => {
  expect([tookOf(step('a', 'completed')), tookOf(step('b', 'running'))]).toEqual([2000, null]);
});
