import { expect, test } from 'vitest';
import type { PlanDto, ProjectDto, ReadingDto, RequestDto } from '#ui/ipc/bindings.ts';
import { PLACE } from '#ui/testing/place.ts';
import { homeOf, planCardOf, readerName, readingOf, talkOf } from './fromRequests.ts';

const READING: ReadingDto = {
  intent: 'CREATE_PROJECT',
  confidence: 0.62,
  alternatives: [{ intent: 'DELEGATE', confidence: 0.3 }],
  department: 'engineering',
  complexity: 3,
  horizon: null,
  reader: 'embedded',
  question: { text: 'One report or several?', answers: ['one', 'several'] },
  answer: null,
  sure: false,
};

const REQUEST: RequestDto = {
  id: 'r1',
  text: 'Review it',
  folder: '/home/ada/shop',
  attachments: [],
  by: 'ada',
  filed_at: 2_000_000,
  reading: READING,
  project: null,
};

const PROJECT: ProjectDto = {
  id: 'p1',
  request: 'r1',
  held: false,
  title: 'Review',
  status: 'planning',
  department: 'engineering',
  folder: '/w/p1',
  source: null,
  place: PLACE,
  plan_version: 2,
  approved_version: null,
  steps: [],
  created_at: 0,
  updated_at: 0,
};

test('a reading shows all six intents by key, and only the shares that were told', () => {
  const reading = readingOf(READING);
  expect(reading.readings.map(({ id, confidence }) => [id, confidence])).toEqual([
    ['DELEGATE', 0.3],
    ['CREATE_PROJECT', 0.62],
    ['BUILD_AGENT', undefined],
    ['IMPROVE_AGENT', undefined],
    ['CLARIFY', undefined],
    ['DIRECT_RESPONSE', undefined],
  ]);
  expect(reading.question?.answers).toEqual(['one', 'several']);
  expect(readingOf({ ...READING, sure: true }).question, 'who is sure does not ask').toBeUndefined();
});

test('a question has its answer, or says that there is none', () => {
  const asked = { ...READING, intent: 'DIRECT_RESPONSE' };
  expect(readingOf(READING).answer).toBeUndefined();
  expect(readingOf(asked).answer).toBeNull();
  expect(readingOf({ ...asked, answer: 'Twelve\u202e.' }).answer, 'as it stands').not.toContain('\u202e');
});

test('whoever read the request is named', () => {
  expect(['embedded', 'person:ada', 'some-model'].map(readerName)).toEqual([
    'classifier in Cadre',
    'corrected by ada',
    'some-model',
  ]);
});

test('the talk runs from the oldest request to the newest', () => {
  const older = { ...REQUEST, id: 'r0', filed_at: 1_000_000 };
  expect(talkOf([REQUEST, older], []).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    'said r0',
    'answered r0',
    'said r1',
    'answered r1',
  ]);
});

const answer = (request: RequestDto, projects: ProjectDto[]) => talkOf([request], projects)[1];

test('a request is planned once; its plan stands there until it is approved', () => {
  expect(answer(REQUEST, [])).toMatchObject({ mayPlan: true });
  const planned = { ...REQUEST, project: 'p1' };
  expect(answer(planned, [PROJECT])).toMatchObject({ mayPlan: false, project: { version: 2 } });
  expect(answer(planned, [{ ...PROJECT, status: 'running' }])).not.toHaveProperty('project.version');
});

test('what came of a request stands in the talk: how far it is, then its last words and its files', () => {
  const planned = { ...REQUEST, project: 'p1' };
  const file = { path: '/w/p1/report.md', sha256: 'ab' };
  const step = (id: string, status: string, summary: string | null) => ({
    id,
    title: `Step ${id}`,
    status,
    assignee: null,
    runs: 1,
    summary,
    artifacts: status === 'completed' ? [file] : [],
    started_at: null,
    finished_at: null,
  });
  const steps = [step('a', 'completed', 'Written'), step('b', 'running', null)];
  expect(answer(planned, [{ ...PROJECT, status: 'running', steps }])).toMatchObject({
    project: { progress: { done: 1, steps: 2, now: 'Step b' } },
  });
  expect(answer(planned, [{ ...PROJECT, status: 'completed', steps }])).toMatchObject({
    project: { result: { summary: 'Written', files: [file] } },
  });
});

const home = (status: string) =>
  homeOf({ requests: [], shown: 10, projects: [{ ...PROJECT, status }], inbox: [], people: new Map() });

test('what only waits for approval of its plan does not run', () => {
  expect(['planning', 'running', 'completed'].map((status) => home(status).runningCount)).toEqual([0, 1, 0]);
});

test('a plan card names the hash that an approval has to name', () => {
  const plan: PlanDto = {
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
    steps: [],
    gaps: [],
    critical_minutes: 3,
    cost_usd: '$0.23',
    problems: ['the plan has no steps'],
    place: PLACE,
  };
  expect(planCardOf(plan, new Map())).toMatchObject({
    hash: 'abc',
    takes: 180_000,
    cost: 230_000,
    problems: ['the plan has no steps'],
  });
});
