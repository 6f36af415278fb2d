// The exact bytes of an action, as parts to look at. Nothing is left out, and nothing that is not seen stays unseen.
import type { DiffLine, FileDiff } from '#ui/components/diff/Diff.tsx';
import type { Fact } from '#ui/components/facts/Facts.tsx';
import type { ActionDto, DiffDto, DiffLineDto } from '#ui/ipc/bindings.ts';
import { bytes, count, duration, hash } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import type { BoundPartModel } from './model.ts';

export function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

function lineOf(line: DiffLineDto): DiffLine[] {
  if (line.kind === 'skipped') return [{ kind: 'hunk', text: t('exactly.skipped', { count: line.lines }) }];
  const text = visible(line.text);
  const end: DiffLine[] = line.open ? [{ kind: 'hunk', text: t('exactly.noLineEnd') }] : [];
  switch (line.kind) {
    case 'same':
      return [{ kind: 'same', old: line.old, new: line.new, text }, ...end];
    case 'added':
      return [{ kind: 'add', new: line.new, text }, ...end];
    case 'removed':
      return [{ kind: 'del', old: line.old, text }, ...end];
  }
}

/** Why what stands there could not be compared; null where it was. */
export function uncompared(diff: DiffDto): string | null {
  const { before } = diff;
  switch (before.kind) {
    case 'nothing':
    case 'text':
      return null;
    case 'changed':
      return before.found === null ? t('exactly.gone') : t('exactly.changed', { hash: hash(before.found, 16) });
    case 'not_text':
      return t('exactly.notText', { bytes: bytes(before.bytes) });
    case 'too_large':
      return t('exactly.tooLarge', { bytes: bytes(before.bytes) });
    case 'unreadable':
      return t('exactly.unreadable', { why: oneLine(before.why) });
  }
}

/** A change as the host compared it, against what stands there now or stood there before. */
export function diffOf(diff: DiffDto): FileDiff {
  const lines = diff.lines.flatMap(lineOf);
  const note = uncompared(diff);
  return {
    path: oneLine(diff.path),
    added: diff.added,
    removed: diff.removed,
    lines: note === null ? lines : [{ kind: 'hunk', text: note }, ...lines],
  };
}

/** Somebody changed the file since: an approval would be for bytes that can no longer be written. */
export function staleOf(diffs: readonly DiffDto[] | undefined): string | undefined {
  return diffs?.some((diff) => diff.before.kind === 'changed') ? t('exactly.stale') : undefined;
}

/** What is compared by the host, or that it is waited for. */
export function diffParts(diffs: readonly DiffDto[] | undefined, name: string): BoundPartModel[] {
  return diffs
    ? diffs.map((diff) => ({ kind: 'diff' as const, diff: diffOf(diff) }))
    : [{ kind: 'loading', name: oneLine(name) }];
}

const RECOVERIES = ['reconcile', 'repeat', 'ask'] as const;

function recoveryWords(recovery: string): string {
  const known = RECOVERIES.find((one) => one === recovery);
  return known ? t(`exactly.recoveries.${known}`) : recovery;
}

export function partsOf(action: ActionDto, diffs: readonly DiffDto[] | undefined): BoundPartModel[] {
  if (action.kind === 'agent_tool') {
    const name = t('exactly.toolInput', { tool: oneLine(action.tool) });
    const given = { kind: 'data' as const, name, text: visible(action.input), bytes: sizeOf(action.input) };
    return [...diffParts(diffs, action.what), given];
  }
  if (action.kind === 'git') return [{ kind: 'data', name: oneLine(action.branch), text: visible(action.does) }];
  // What is sent is bound by its hash; it stands in the conversation.
  if (action.kind === 'call_model') return [];
  if (action.kind !== 'run_program') return diffParts(diffs, action.path);
  const { program_sha256, env_names } = action;
  return [
    {
      kind: 'command',
      words: action.words.map(oneLine),
      folder: oneLine(action.folder),
      limits: [
        { label: t('exactly.program'), value: program_sha256 ?? t('exactly.programOutside') },
        { label: t('exactly.network'), value: action.network ? t('exactly.networkOn') : t('exactly.networkOff') },
        { label: t('exactly.files'), value: action.writable ? t('exactly.writes') : t('exactly.looks') },
        ...action.writes.map((path) => ({ label: t('exactly.writesToo'), value: oneLine(path) })),
        ...action.reads.map((path) => ({ label: t('exactly.reads'), value: oneLine(path) })),
        {
          label: t('exactly.environment'),
          value: env_names.length > 0 ? env_names.map(oneLine).join(', ') : t('exactly.empty'),
        },
        {
          label: t('exactly.stops'),
          value: t('exactly.stopsAfter', { time: duration(action.seconds * 1000), mib: count(action.output_mib) }),
        },
        { label: t('exactly.unknown'), value: recoveryWords(action.recovery) },
        ...(action.stdin === '' ? [{ label: t('exactly.input'), value: t('exactly.empty') }] : []),
      ],
    },
    ...(action.stdin === ''
      ? []
      : [
          { kind: 'data' as const, name: t('exactly.stdin'), text: visible(action.stdin), bytes: sizeOf(action.stdin) },
        ]),
  ];
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
      return sizeOf(action.input);
  }
}

/** Where it acts, and what stands there before and afterwards. */
export function factsOf(action: ActionDto): Fact[] {
  if (action.kind === 'call_model') {
    return [
      { label: t('cost.model'), value: oneLine(action.model) },
      { label: t('cost.from'), value: oneLine(`${action.provider}, ${action.endpoint}`) },
      { label: t('approval.most'), value: action.at_most_usd },
      { label: t('exactly.sent'), value: hash(action.request_sha256, 16) },
    ];
  }
  if (action.kind === 'git') {
    return [
      { label: t('exactly.repository'), value: oneLine(action.repository) },
      { label: t('exactly.folder'), value: oneLine(action.worktree) },
    ];
  }
  const folder = { label: t('exactly.folder'), value: oneLine(action.folder) };
  if (action.kind === 'run_program') return [folder, { label: t('exactly.resolved'), value: oneLine(action.program) }];
  if (action.kind === 'agent_tool') {
    const files = action.locations.map((path) => ({ label: t('files.path'), value: oneLine(path) }));
    return [{ label: t('exactly.resolved'), value: oneLine(action.program) }, folder, ...files];
  }
  return [
    folder,
    { label: t('files.path'), value: oneLine(action.path) },
    {
      label: t('exactly.before'),
      value: action.before === null ? t('exactly.nothingBefore') : hash(action.before, 16),
    },
    {
      label: t('exactly.after'),
      value: action.kind === 'write_file' ? hash(action.content_sha256, 16) : t('exactly.nothingAfter'),
    },
  ];
}

/** The action in one line, as a person would look for it. */
export function requestOf(action: ActionDto): string {
  switch (action.kind) {
    case 'run_program':
      return action.words.join(' ');
    case 'call_model':
      return oneLine(`${action.provider}: ${action.model}`);
    case 'agent_tool':
      return oneLine(`${action.program}: ${action.tool} ${action.what}`);
    case 'git':
      return oneLine(`${action.does} (${action.repository})`);
    default:
      return oneLine(`${action.folder}/${action.path}`);
  }
}
