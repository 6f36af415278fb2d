import { expect, test } from 'vitest';
import type { ActionDto, InboxItemDto } from '#ui/ipc/bindings.ts';
import { bytesOf, contentDiff, partsOf, ruleOf, visible } from './exactly.ts';
import { detailOf, dueOf } from './fromInbox.ts';

const WRITE: ActionDto = {
  kind: 'write_file',
  folder: '/w/p1',
  path: 'report.md',
  before: null,
  content: 'one\ntwo\n',
  host: 'here',
};
const RUN: ActionDto = {
  kind: 'run_program',
  program: '/usr/bin/cargo',
  program_sha256: null,
  args: ['test'],
  folder: '/w/p1',
  env_names: ['PATH'],
  stdin: '',
  network: false,
  writable: true,
  reads: [],
  host: 'here',
};

function item(reason: string, allowed: string[], more: Partial<InboxItemDto> = {}): InboxItemDto {
  return {
    id: 't/1/0',
    reason,
    message: 'Write report.md',
    allowed,
    project: null,
    step: null,
    member: 'report-writer',
    class: null,
    grave: false,
    why: null,
    instructions: null,
    folder: null,
    action: null,
    action_hash: null,
    raised_at: 0,
    expires_at: null,
    ...more,
  };
}

const detail = (one: InboxItemDto) => detailOf(one, [], new Map());

test('a new file is shown whole, line by line', () => {
  const diff = contentDiff('report.md', 'one\ntwo\n', null);
  expect(diff.lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual(['add one', 'add two']);
  expect(contentDiff('a', 'one', null).lines.at(-1)?.text).toBe('no line end at the end of the file');
  expect(contentDiff('a', 'one\n', 'ab'.repeat(32)).lines[0]).toMatchObject({ kind: 'hunk' });
});

test('what draws nothing, or turns the direction of reading, is written out', () => {
  expect(visible('a\u202egpj.exe\u200b\r\n\tend')).toBe('a‹U+202E›gpj.exe‹U+200B›‹U+000D›\n\tend');
});

test('a command shows its arguments, its walls and what it reads', () => {
  const [command, input] = partsOf({ ...RUN, stdin: 'yes' });
  expect(command).toMatchObject({ kind: 'command', argv: ['/usr/bin/cargo', 'test'], folder: '/w/p1' });
  expect(input).toMatchObject({ kind: 'data', text: 'yes' });
  expect(partsOf(RUN)).toHaveLength(1);
  expect(bytesOf(WRITE)).toBe(8);
});

test('no rule allows what leaves the machine, or writes one file', () => {
  expect(ruleOf(RUN)).toContain('/usr/bin/cargo test in /w/p1');
  expect([ruleOf({ ...RUN, network: true }), ruleOf(WRITE)]).toEqual([null, null]);
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
