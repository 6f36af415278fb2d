// The exact bytes of an action, as parts to look at. Nothing is left out, and nothing that is not seen stays unseen.
import type { DiffLine, FileDiff } from '#ui/components/diff/Diff.tsx';
import type { Fact } from '#ui/components/facts/Facts.tsx';
import type { ActionDto } from '#ui/ipc/bindings.ts';
import { hash } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { BoundPartModel } from './model.ts';

/** Characters that draw nothing, or change the direction of what follows, written out: a person approves what they see. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
  });
}

export function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A file's whole new content. What stood there before is known by its hash only. */
export function contentDiff(path: string, content: string, before: string | null): FileDiff {
  const lines = content.split('\n');
  const ends = lines.at(-1) === '';
  if (ends) lines.pop();
  const drawn: DiffLine[] = lines.map((text, index) => ({ kind: 'add', new: index + 1, text: visible(text) }));
  if (before !== null) drawn.unshift({ kind: 'hunk', text: t('exactly.replaces', { hash: hash(before, 16) }) });
  if (!ends && content !== '') drawn.push({ kind: 'hunk', text: t('exactly.noLineEnd') });
  return { path, added: lines.length, removed: 0, lines: drawn };
}

/** How many unchanged lines are drawn around a change. */
const AROUND = 3;

function skipped(count: number): DiffLine[] {
  return count > 0 ? [{ kind: 'hunk', text: t('exactly.same', { count }) }] : [];
}

/** What becomes of a text: everything that differs, with a few lines around it; the rest is only counted. */
export function textDiff(path: string, before: string | null, after: string): FileDiff {
  const old = before === null ? [] : before.split('\n');
  const now = after.split('\n');
  if (old.at(-1) === '') old.pop();
  if (now.at(-1) === '') now.pop();
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const line = (kind: DiffLine['kind']) => (text: string) => ({ kind, text: visible(text) });
  const lead = Math.max(0, start - AROUND);
  const tail = Math.min(end, AROUND);
  const removed = old.slice(start, old.length - end);
  const added = now.slice(start, now.length - end);
  return {
    path: visible(path),
    added: added.length,
    removed: removed.length,
    lines: [
      ...skipped(lead),
      ...now.slice(lead, start).map(line('same')),
      ...removed.map(line('del')),
      ...added.map(line('add')),
      ...now.slice(now.length - end, now.length - end + tail).map(line('same')),
      ...skipped(end - tail),
    ],
  };
}

export function partsOf(action: ActionDto): BoundPartModel[] {
  switch (action.kind) {
    case 'write_file':
      return [{ kind: 'diff', diff: contentDiff(visible(action.path), action.content, action.before) }];
    case 'delete_file':
      return [{ kind: 'data', name: t('exactly.deletes'), text: visible(action.path) }];
    case 'run_program':
      return [
        {
          kind: 'command',
          argv: [action.program, ...action.args].map(visible),
          folder: visible(action.folder),
          limits: [
            ...(action.program_sha256 ? [{ label: t('exactly.program'), value: action.program_sha256 }] : []),
            { label: t('exactly.network'), value: action.network ? t('exactly.networkOn') : t('exactly.networkOff') },
            { label: t('exactly.files'), value: action.writable ? t('exactly.writes') : t('exactly.looks') },
            ...action.reads.map((path) => ({ label: t('exactly.reads'), value: visible(path) })),
            {
              label: t('exactly.environment'),
              value: action.env_names.length > 0 ? action.env_names.join(', ') : t('exactly.empty'),
            },
          ],
        },
        ...(action.stdin === ''
          ? []
          : [{ kind: 'data' as const, name: t('exactly.stdin'), text: visible(action.stdin) }]),
      ];
    case 'agent_tool':
      return [
        ...action.diffs.map((it) => ({ kind: 'diff' as const, diff: textDiff(it.path, it.before, it.after) })),
        { kind: 'data', name: t('exactly.toolInput', { tool: action.tool }), text: visible(action.input) },
      ];
    case 'git':
      return [{ kind: 'data', name: visible(action.branch), text: visible(action.does) }];
    case 'call_model':
      return [];
  }
}

export function bytesOf(action: ActionDto): number {
  switch (action.kind) {
    case 'write_file':
      return sizeOf(action.content);
    case 'delete_file':
    case 'git':
    case 'call_model':
      return 0;
    case 'run_program':
      return sizeOf([action.program, ...action.args].join(' ')) + sizeOf(action.stdin);
    case 'agent_tool':
      return sizeOf(action.input) + action.diffs.reduce((sum, it) => sum + sizeOf(it.after), 0);
  }
}

/** Where it acts, and what stands there before. */
export function factsOf(action: ActionDto): Fact[] {
  if (action.kind === 'call_model') {
    return [
      { label: t('exactly.model'), value: visible(action.model) },
      { label: t('exactly.provider'), value: visible(`${action.provider}, ${action.endpoint}`) },
      { label: t('exactly.atMost'), value: action.at_most_usd },
    ];
  }
  if (action.kind === 'git') {
    return [
      { label: t('exactly.repository'), value: visible(action.repository) },
      { label: t('exactly.folder'), value: visible(action.worktree) },
    ];
  }
  const folder = { label: t('exactly.folder'), value: visible(action.folder) };
  if (action.kind === 'run_program') return [folder];
  if (action.kind === 'agent_tool') {
    const files = action.locations.map((path) => ({ label: t('files.path'), value: visible(path) }));
    return [{ label: t('exactly.program'), value: visible(action.program) }, folder, ...files];
  }
  return [
    folder,
    { label: t('files.path'), value: visible(action.path) },
    {
      label: t('exactly.before'),
      value: action.before === null ? t('exactly.nothingBefore') : hash(action.before, 16),
    },
  ];
}

/** The one line of a standing rule, as the host makes it from the same action. */
export function ruleOf(action: ActionDto): string | null {
  if (action.kind !== 'run_program' || action.network) return null;
  const command = visible([action.program, ...action.args].join(' '));
  const reads = action.reads.map((path) => t('exactly.ruleReads', { path: visible(path) })).join('');
  const folder = visible(action.folder);
  return action.writable
    ? t('exactly.ruleWrites', { command, folder, reads })
    : t('exactly.ruleLooks', { command, folder, reads });
}
