import { expect, test } from 'vitest';
import type { MessageDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { PLACE } from '#ui/testing/place.ts';
import { conversationOf, merged } from './fromConversation.ts';

const PROJECT: ProjectDto = {
  id: 'p',
  request: 'r',
  title: 'Review',
  status: 'running',
  held: false,
  department: 'engineering',
  folder: '/w',
  source: null,
  place: PLACE,
  plan_version: 1,
  approved_version: 1,
  steps: [
    {
      id: 's',
      title: 'Look around',
      status: 'running',
      assignee: 'writer',
      runs: 1,
      summary: null,
      artifacts: [],
      started_at: null,
      finished_at: null,
    },
  ],
  created_at: 0,
  updated_at: 0,
};

const message = (place: number, role: string, text: string, data?: unknown, run = 'p/s/1'): MessageDto => ({
  run,
  step: 's',
  place,
  role,
  name: role === 'tool' ? 'read_file' : 'writer',
  text,
  data: data === undefined ? null : JSON.stringify(data),
  at: place,
});

const said = (...messages: MessageDto[]) => conversationOf(messages, PROJECT, new Map());

test('a step is named where it begins to speak, and an attempt that is not the first', () => {
  const names = said(message(0, 'task', 'x'), message(1, 'agent', 'y'), message(2, 'agent', 'z', undefined, 'p/s/2'));
  expect(names.map(({ begins }) => begins)).toEqual(['Look around', undefined, 'Look around, run 2']);
});

test('a model’s answer carries its calls and its model', () => {
  const [answer] = said(
    message(0, 'agent', 'I look', {
      model: 'm-1',
      calls: [{ id: 'c', tool: 'read_file', arguments: { path: 'a.md' } }],
    }),
  );
  expect(answer).toMatchObject({
    meta: 'm-1',
    text: 'I look',
    calls: [{ tool: 'read_file', status: 'run', args: 'a.md', more: [{ text: '{\n  "path": "a.md"\n}' }] }],
  });
});

test('what a tool gave stands at the call that asked for it, and the end of a run is one', () => {
  const all = said(
    message(0, 'agent', 'I look', {
      calls: [
        { id: 'c', tool: 'run_command', arguments: { program: 'wc', args: ['-l', 'a.md'] } },
        { id: 'd', tool: 'finish', arguments: { done: true, summary: 'Seven lines' } },
      ],
    }),
    message(1, 'tool', '7 a.md\nmore', { call: 'c', is_error: false }),
    message(2, 'tool', 'of a call that is not here', { call: 'z', is_error: true }),
  );
  expect(all.map((one) => one.calls.map(({ status, args, came }) => [status, args, came]))).toEqual([
    [
      ['done', 'program: wc, args: -l a.md', '7 a.md'],
      ['done', 'Seven lines', undefined],
    ],
    [['fail', 'of a call that is not here', undefined]],
  ]);
});

test('what a tool gave stands behind one line, a failure with its status', () => {
  const calls = said(
    message(0, 'tool', 'content', { call: 'c', is_error: false }),
    message(1, 'tool', 'no such file', { call: 'd', is_error: true }),
    message(2, 'tool', 'Edit a.md', { tool: 'edit', status: 'completed', input: { a: 1 }, output: 'ok', diffs: [] }),
  ).flatMap((one) => one.calls);
  expect(calls.map(({ status, args, more }) => [status, args, more.length])).toEqual([
    ['done', 'content', 1],
    ['fail', 'no such file', 1],
    ['done', 'Edit a.md', 2],
  ]);
});

test('data that is no JSON, or of an unknown shape, hides nothing of the words', () => {
  const [one] = said({ ...message(0, 'agent', 'words\u202e'), data: '{broken' });
  expect([one?.text, one?.calls]).toEqual(['words‹U+202E›', []]);
  expect(said(message(0, 'levitation', 'x', [1]))[0]).toMatchObject({ role: 'system', text: 'x' });
});

test('pages that overlap show each message once, in order', () => {
  const [a, b, c] = [message(0, 'agent', 'a'), message(1, 'agent', 'b'), message(2, 'agent', 'c')];
  expect(
    merged([
      [b, c],
      [a, b],
    ]).map(({ text }) => text),
  ).toEqual(['a', 'b', 'c']);
});
