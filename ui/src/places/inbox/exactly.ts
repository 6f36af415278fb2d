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
  }
}

export function bytesOf(action: ActionDto): number {
  switch (action.kind) {
    case 'write_file':
      return sizeOf(action.content);
    case 'delete_file':
      return 0;
    case 'run_program':
      return sizeOf([action.program, ...action.args].join(' ')) + sizeOf(action.stdin);
  }
}

/** Where it acts, and what stands there before. */
export function factsOf(action: ActionDto): Fact[] {
  const folder = { label: t('exactly.folder'), value: visible(action.folder) };
  if (action.kind === 'run_program') return [folder];
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
  const folder = visible(action.folder);
  return action.writable ? t('exactly.ruleWrites', { command, folder }) : t('exactly.ruleLooks', { command, folder });
}
