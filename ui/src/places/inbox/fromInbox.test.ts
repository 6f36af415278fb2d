import { expect, test } from 'vitest';
import type { ActionDto, DiffDto, InboxItemDto } from '#ui/ipc/bindings.ts';
import { bytesOf, diffOf, partsOf } from './exactly.ts';
import { detailOf, dueOf } from './fromInbox.ts';

const WRITE: ActionDto = {
  kind: 'write_file',
  folder: '/w/p1',
  path: 'report.md',
  before: null,
  content: 'one\ntwo\n',
  content_sha256: 'cd'.repeat(32),
  host: 'here',
};
const RUN: ActionDto = {
  kind: 'run_program',
  program: '/usr/bin/cargo',
  program_sha256: null,
  args: ['te st'],
  words: ['/usr/bin/cargo', "'te st'"],
  folder: '/w/p1',
  env_names: ['PATH'],
  stdin: '',
  network: false,
  writable: true,
  reads: [],
  writes: [],
  seconds: 600,
  output_mib: 8,
  recovery: 'ask',
  host: 'here',
};

function item(reason: string, allowed: string[], more: Partial<InboxItemDto> = {}): InboxItemDto {
  return {
    id: 't/1/0',
    reason,
    message: 'Write report.md',
    allowed,
    project: null,
    project_title: null,
    step: null,
    step_title: null,
    run: null,
    member: 'report-writer',
    class: null,
    grave: false,
    why: null,
    instructions: null,
    folder: null,
    action: null,
    action_hash: null,
    rule: null,
    summary: null,
    artifacts: [],
    widens: [],
    plan: null,
    raised_at: 0,
    expires_at: null,
    ...more,
  };
}

const detail = (one: InboxItemDto, diff?: DiffDto) => detailOf(one, new Map(), diff && [diff]);

const DIFF: DiffDto = {
  path: 'report.md',
  before: { kind: 'text' },
  added: 1,
  removed: 1,
  lines: [
    { kind: 'skipped', lines: 4 },
    { kind: 'same', old: 5, new: 5, text: 'same', open: false },
    { kind: 'removed', old: 6, text: 'old\r', open: false },
    { kind: 'added', new: 6, text: 'new\u202e', open: true },
  ],
};

test('a change is shown line by line, with what is not seen written out', () => {
  expect(diffOf(DIFF).lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual([
    'hunk 4 lines are the same',
    'same same',
    'del old‹U+000D›',
    'add new‹U+202E›',
    'hunk no line end at the end of the file',
  ]);
});

const first = (before: DiffDto['before']) => diffOf({ ...DIFF, before }).lines[0]?.text;

test('what could not be compared is said first', () => {
  expect(first({ kind: 'not_text', bytes: 2048 })).toContain('2 KB');
  expect(first({ kind: 'changed', found: null })).toContain('nothing stands there');
  expect(first({ kind: 'nothing' })).toBe('4 lines are the same');
});

test('a file that changed since is said, and the parts wait for what the host compares', () => {
  const waiting = item('approval', ['approve'], { action: WRITE, action_hash: 'h', class: 'write' });
  expect(detail(waiting)).toMatchObject({ parts: [{ kind: 'loading', name: 'report.md' }] });
  expect(detail(waiting, DIFF)).toMatchObject({ parts: [{ kind: 'diff' }] });
  expect(detail(waiting, DIFF)).not.toHaveProperty('stale');
  expect(detail(waiting, { ...DIFF, before: { kind: 'changed', found: null } })).toHaveProperty('stale');
});

test('a command shows its arguments, its walls and what it reads', () => {
  const [command, input] = partsOf({ ...RUN, stdin: 'yes' }, undefined);
  expect(command).toMatchObject({ kind: 'command', words: ['/usr/bin/cargo', "'te st'"], folder: '/w/p1' });
  expect(input).toMatchObject({ kind: 'data', text: 'yes', bytes: 3 });
  expect(partsOf(RUN, undefined)).toHaveLength(1);
  const limits = command?.kind === 'command' ? command.limits.map(({ value }) => value) : [];
  expect(limits).toEqual([
    'not bound: it does not lie in the project',
    'none',
    'may write in the folder',
    'PATH',
    'after 10 min, or 8 MiB of output',
    'you are asked',
  ]);
  expect(bytesOf(WRITE)).toBe(8);
});

test('each place that its walls let through is shown, with what it may do there', () => {
  const [command] = partsOf({ ...RUN, reads: ['/more', '/mo\u202ere'], writes: ['/home/ada/.agent'] }, undefined);
  const limits = command?.kind === 'command' ? command.limits : [];
  expect(limits.filter(({ value }) => value.startsWith('/'))).toEqual([
    { label: 'May also change', value: '/home/ada/.agent' },
    { label: 'May look at', value: '/more' },
    { label: 'May look at', value: '/mo‹U+202E›re' },
  ]);
});

test('a rule is what the host says it would be', () => {
  const action = { action: RUN, action_hash: 'h', class: 'run' };
  expect(detail(item('approval', ['always'], { ...action, rule: 'cargo test here' }))).toMatchObject({
    rule: 'cargo test here',
  });
  expect(detail(item('approval', [], action))).not.toHaveProperty('rule');
});

test('a plan that waits leads to where it is decided on', () => {
  const plan = { version: 2, steps: 4, minutes: 12, cost_usd: '$0.10' };
  const waiting = item('plan', [], { plan, project: 'p1', project_title: 'Review', action_hash: 'h' });
  expect(detail(waiting)).toMatchObject({ kind: 'plan', project: 'p1', hash: 'h' });
  expect(dueOf(waiting, new Map())).toMatchObject({ kind: 'plan', steps: 4, cost: 100_000 });
});

test('an agent that would change is shown whole, with the ways in which it could do more', () => {
  const change = item('agent_change', ['approve', 'deny'], { action_hash: 'h', widens: ['it gets more tools'] });
  expect(detail(change, DIFF)).toMatchObject({ widens: ['it gets more tools'], parts: [{ kind: 'diff' }] });
});

test('an approval offers what the host allows, and an edit only for a file', () => {
  const allowed = ['approve', 'deny', 'edit', 'changes', 'always'];
  const approval = (action: ActionDto) =>
    detail(item('approval', allowed, { action, action_hash: 'h', class: 'write' }));
  expect(approval(WRITE)).toMatchObject({ kind: 'approval', hash: 'h', content: 'one\ntwo\n', allowed });
  expect(approval(RUN)).toMatchObject({ allowed: ['approve', 'deny', 'changes', 'always'] });
});

test.for([
  ['work', ['done', 'cannot']],
  ['guidance', ['answer']],
  ['result', ['approve', 'changes', 'deny']],
  ['failure', ['retry', 'skip', 'abort']],
  ['agent_change', ['approve', 'deny']],
] as const)('%s is decided by its own decisions', ([reason, allowed]) => {
  const asked = detail(item(reason, [...allowed]));
  if (asked.kind !== 'person') throw new Error('it is for a person');
  expect(asked.decisions.map((decision) => decision.id)).toEqual(allowed);
  for (const decision of asked.decisions) expect(decision.name, 'said in words, not by its code').not.toBe(decision.id);
});

test('a decision of a later version is offered by its name, and told in words if need be', () => {
  expect(detail(item('levitate', ['float']))).toMatchObject({
    decisions: [{ id: 'float', name: 'float', words: 'optional' }],
  });
});

test('an item of the list says what it is', () => {
  const people = new Map();
  expect(dueOf(item('approval', [], { class: 'write' }), people)).toMatchObject({ kind: 'approval', effect: 'write' });
  expect(dueOf(item('failure', []), people)).toMatchObject({ status: 'fail', line: 'Step failed' });
  expect(dueOf(item('unknown_outcome', [], { class: 'run' }), people)).toMatchObject({ status: 'unknown' });
});
