import { expect, test } from 'vitest';
import { microDollars } from '#ui/words/dollars.ts';
import { memberRef, peopleOf } from './members.ts';
import { isUnderWay, projectStanding, stepStanding } from './standing.ts';

test('an amount of the host is read to the last digit it has', () => {
  expect(['$0.00', '$0.0012', '$1,284.50', '-$0.23', 'no price'].map(microDollars)).toEqual([
    0,
    1200,
    1_284_500_000,
    -230_000,
    null,
  ]);
});

const stands = (status: string, held = false) => projectStanding({ status, held });

test('a status of a later version is shown as it is named', () => {
  expect(stands('paused_on_error')).toEqual({ status: 'fail', words: 'Stopped by a failure' });
  expect(stands('running', true)).toEqual({ status: 'paused', words: 'Held' });
  expect(stands('completed', true).status, 'what is over is not held').toBe('done');
  expect(stepStanding('levitating')).toEqual({ status: 'queued', words: 'levitating' });
});

test('only what began and is not over can be held', () => {
  expect(['planning', 'running', 'paused_on_error', 'completed', 'aborted'].filter(isUnderWay)).toEqual([
    'running',
    'paused_on_error',
  ]);
});

test('a plan may name somebody who is not there yet', () => {
  const people = peopleOf([
    {
      name: 'Ada Lovelace',
      kind: 'person',
      role: 'owner',
      department: 'general',
      reports_to: null,
      lifecycle: 'active',
      updated_at: 0,
    },
  ]);
  expect(memberRef(people, 'Ada Lovelace')).toMatchObject({ kind: 'person', initials: 'AL' });
  expect(memberRef(people, 'git-historian')).toMatchObject({ kind: 'agent', initials: 'Gh', missing: true });
});
