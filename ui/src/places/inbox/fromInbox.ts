import type { Status } from '#ui/components/status/statuses.ts';
import type { InboxItemDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { memberRef, type People } from '#ui/places/shared/members.ts';
import { fromHost, list } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { bytesOf, factsOf, partsOf, ruleOf } from './exactly.ts';
import type {
  ApprovalDecision,
  ApprovalDetail,
  DueItem,
  EffectClass,
  InboxDetail,
  Origin,
  PersonDecision,
  PersonDetail,
  UnknownDetail,
} from './model.ts';

const CLASSES: readonly EffectClass[] = ['read', 'write', 'run', 'network', 'delete', 'push', 'post', 'spend'];
const APPROVALS: readonly ApprovalDecision[] = ['approve', 'deny', 'edit', 'changes', 'always'];

function classOf(item: InboxItemDto): EffectClass | undefined {
  return CLASSES.find((one) => one === item.class);
}

const PERSON = {
  work: 'wait',
  guidance: 'ask',
  result: 'wait',
  failure: 'fail',
  agent_change: 'build',
} as const satisfies Record<string, Status>;
type PersonReason = keyof typeof PERSON;

function personReason(reason: string): PersonReason | null {
  return Object.hasOwn(PERSON, reason) ? (reason as PersonReason) : null;
}

export function dueOf(item: InboxItemDto, people: People): DueItem {
  const base = { id: item.id, title: item.message, at: fromHost(item.raised_at) };
  const effect = classOf(item);
  if (item.reason === 'approval' && effect && item.member) {
    return { ...base, kind: 'approval', asker: memberRef(people, item.member), effect, most: null };
  }
  const reason = personReason(item.reason);
  if (reason) return { ...base, kind: 'person', status: PERSON[reason], line: t(`ask.${reason}.what`) };
  const unknown = item.reason === 'unknown_outcome';
  const line = list([effect && t(`effect.${effect}`), unknown ? t('status.unknown') : item.reason]);
  return { ...base, kind: 'person', status: unknown ? 'unknown' : 'wait', line };
}

export function originOf(item: InboxItemDto, projects: readonly ProjectDto[]): Origin | undefined {
  if (item.project === null) return undefined;
  const project = projects.find((one) => one.id === item.project);
  const index = project?.steps.findIndex((step) => step.id === item.step) ?? -1;
  const step = project?.steps[index];
  return {
    project: { id: item.project, name: project?.title ?? item.project },
    ...(step && { step: { number: index + 1, name: step.title } }),
  };
}

export function detailOf(item: InboxItemDto, projects: readonly ProjectDto[], people: People): InboxDetail {
  const origin = originOf(item, projects);
  if (item.action && item.action_hash) {
    if (item.reason === 'approval') return approvalOf(item, item.action, item.action_hash, origin, people);
    if (item.reason === 'unknown_outcome') return unknownOf(item, item.action, item.action_hash, origin);
  }
  return personOf(item, origin, people);
}

type Action = NonNullable<InboxItemDto['action']>;

function approvalOf(
  item: InboxItemDto,
  action: Action,
  hash: string,
  origin: Origin | undefined,
  people: People,
): ApprovalDetail {
  const effect = classOf(item);
  const rule = ruleOf(action);
  // An edit puts other content in the place of a file's; the host refuses it for anything else.
  const editable = action.kind === 'write_file';
  return {
    kind: 'approval',
    id: item.id,
    title: item.message,
    ...(origin && { origin }),
    effects: effect ? [effect] : [],
    grave: item.grave,
    outsideFolder: false,
    canUndo: action.kind === 'write_file' || action.kind === 'delete_file',
    ...(item.member !== null && { asker: memberRef(people, item.member) }),
    device: action.host,
    facts: factsOf(action),
    hash,
    bytes: bytesOf(action),
    parts: partsOf(action),
    why: item.why ?? t('approval.whyUnsaid'),
    next: t(`exactly.next.${action.kind}`),
    allowed: APPROVALS.filter((one) => item.allowed.includes(one) && (one !== 'edit' || editable)),
    ...(rule !== null && { rule }),
    ...(editable && { content: action.content }),
  };
}

/** The action in one line, as a person would look for it. */
function requestOf(action: Action): string {
  switch (action.kind) {
    case 'run_program':
      return [action.program, ...action.args].join(' ');
    case 'agent_tool':
      return `${action.program}: ${action.tool} ${action.what}`;
    case 'call_model':
      return `${action.provider} ${action.model}`;
    case 'git':
      return `${action.does} (${action.repository})`;
    default:
      return `${action.folder}/${action.path}`;
  }
}

function unknownOf(item: InboxItemDto, action: Action, hash: string, origin: Origin | undefined): UnknownDetail {
  const effect = classOf(item);
  const text = requestOf(action);
  return {
    kind: 'unknown',
    id: item.id,
    title: item.message,
    ...(origin && { origin }),
    ...(effect && { effect }),
    story: item.why ?? t('approval.whyUnsaid'),
    facts: [{ label: t('approval.device'), value: action.host }, ...factsOf(action)],
    hash,
    request: text,
    trace: [],
    ifHappened: t('unknown.thenHappened'),
    ifNot: t('unknown.thenNot'),
  };
}

const DECISIONS: Record<PersonReason, Readonly<Record<string, Omit<PersonDecision, 'id'>>>> = {
  work: {
    done: { name: t('ask.work.done'), words: 'optional', kind: 'primary', asks: t('ask.work.doneWhat') },
    cannot: { name: t('ask.work.cannot'), words: 'required', kind: 'secondary', asks: t('ask.work.cannotWhy') },
  },
  guidance: {
    answer: { name: t('ask.guidance.answer'), words: 'required', kind: 'primary', asks: t('ask.guidance.answerWhat') },
  },
  result: {
    approve: { name: t('ask.result.approve'), words: 'none', kind: 'primary', key: 'approve' },
    changes: {
      name: t('action.askForChanges'),
      words: 'required',
      kind: 'secondary',
      key: 'askForChanges',
      asks: t('approval.askWhat'),
    },
    deny: { name: t('ask.result.deny'), words: 'optional', kind: 'danger', key: 'deny', asks: t('approval.denyWhy') },
  },
  failure: {
    retry: { name: t('ask.failure.retry'), words: 'none', kind: 'primary' },
    skip: { name: t('ask.failure.skip'), words: 'none', kind: 'secondary' },
    abort: { name: t('ask.failure.abort'), words: 'optional', kind: 'danger', asks: t('approval.denyWhy') },
  },
  agent_change: {
    approve: { name: t('ask.agent_change.approve'), words: 'none', kind: 'primary', key: 'approve' },
    deny: {
      name: t('ask.agent_change.deny'),
      words: 'optional',
      kind: 'danger',
      key: 'deny',
      asks: t('approval.denyWhy'),
    },
  },
};

function personOf(item: InboxItemDto, origin: Origin | undefined, people: People): PersonDetail {
  const reason = personReason(item.reason);
  const known = reason ? DECISIONS[reason] : {};
  return {
    kind: 'person',
    id: item.id,
    title: item.message,
    status: reason ? PERSON[reason] : 'wait',
    what: reason ? t(`ask.${reason}.what`) : item.reason,
    next: reason ? t(`ask.${reason}.next`) : t('ask.next'),
    ...(origin && { origin }),
    at: fromHost(item.raised_at),
    ...(item.why && { why: item.why }),
    ...(item.instructions && { instructions: item.instructions }),
    facts: item.member === null ? [] : [{ label: t('cost.member'), value: memberRef(people, item.member).name }],
    ...(item.action_hash !== null && { hash: item.action_hash }),
    decisions: item.allowed.map((id) => ({ id, ...(known[id] ?? { name: id, words: 'optional', kind: 'secondary' }) })),
  };
}
