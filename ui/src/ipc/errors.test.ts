import { expect, test } from 'vitest';
import { CallError } from './errors.ts';

test('a body of the API keeps its code, its hint and its details', () => {
  const error = CallError.from({
    code: 'project.not_paused',
    message: 'The project is not paused',
    hint: 'Pause it first.',
    details: { id: 7 },
  });
  expect({ code: error.code, message: error.message, hint: error.hint, details: error.details }).toEqual({
    code: 'project.not_paused',
    message: 'The project is not paused',
    hint: 'Pause it first.',
    details: { id: 7 },
  });
});

test('whatever else was thrown is the fault of the interface', () => {
  expect([
    CallError.from(new TypeError('x is undefined')).code,
    CallError.from('boom').code,
    CallError.from({ code: 7, message: 'no' }).code,
  ]).toEqual(['interface', 'interface', 'interface']);
});

test('an error that is one already stays itself', () => {
  const error = new CallError({ code: 'a', message: 'b' });
  expect(CallError.from(error)).toBe(error);
});
