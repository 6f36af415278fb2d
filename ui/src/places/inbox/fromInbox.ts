import type { Status } from '#ui/components/status/statuses.ts';
import type { DiffDto, InboxItemDto } from '#ui/ipc/bindings.ts';
import { memberRef, type People } from '#ui/places/shared/members.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { duration, fromHost, list, sentence, unwrapped } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { bytesOf, diffParts, factsOf, partsOf, requestOf, staleOf } from './exactly.ts';
import type {
  ApprovalDecision,
  ApprovalDetail,
  DueItem,
  EffectClass,
  InboxDetail,
  Origin,
  PersonDecision,
  PersonDetail,
  PlanDetail,
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
  limit: 'ask',
  agent_change: 'build',
} as const satisfies Record<string, Status>;
type PersonReason = keyof typeof PERSON;

function personReason(reason: string): PersonReason | null {
  return Object.hasOwn(PERSON, reason) ? (reason as PersonReason) : null;
}

export function dueOf(item: InboxItemDto, people: People): DueItem {
  const base = { id: item.id, title: item.message, at: fromHost(item.raised_at) };
  const effect = classOf(item);
  if (item.plan) return { ...base, kind: 'plan', steps: item.plan.steps, cost: microDollars(item.plan.cost_usd) };
  if (item.reason === 'approval' && effect && item.member) {
    return { ...base, kind: 'approval', asker: memberRef(people, item.member), effect, most: null };
  }
  const reason = personReason(item.reason);
  if (reason) return { ...base, kind: 'person', status: PERSON[reason], line: t(`ask.${reason}.what`) };
  const unknown = item.reason === 'unknown_outcome';
  const line = list([effect && t(`effect.${effect}`), unknown ? t('status.unknown') : item.reason]);
  return { ...base, kind: 'person', status: unknown ? 'unknown' : 'wait', line };
}

export function originOf(item: InboxItemDto): Origin | undefined {
  if (item.project === null) return undefined;
  return {
    project: { id: item.project, name: oneLine(item.project_title ?? item.project) },
    ...(item.step !== null && { step: { name: oneLine(item.step_title ?? item.step) } }),
    ...attemptOf(item),
  };
}

/** The attempt at the end of a run's name. */
function attemptOf(item: InboxItemDto): Pick<Origin, 'run'> {
  const attempt = Number(item.run?.split('/').at(-1));
  return Number.isInteger(attempt) && attempt > 0 ? { run: attempt } : {};
}

/** `diffs`: what it would change, as soon as the host has compared it. */
export function detailOf(item: InboxItemDto, people: People, diffs?: readonly DiffDto[]): InboxDetail {
  const origin = originOf(item);
  if (item.plan && item.project) return planOf(item, item.plan, item.project, origin);
  if (item.action && item.action_hash) {
    if (item.reason === 'approval') return approvalOf(item, item.action, item.action_hash, origin, people, diffs);
    if (item.reason === 'unknown_outcome') return unknownOf(item, item.action, item.action_hash, origin);
  }
  return personOf(item, origin, people, diffs);
}

/** Whether the host has something to compare for this item. */
export function hasDiff(item: InboxItemDto): boolean {
  return (
    item.reason === 'agent_change' ||
    (item.reason === 'approval' && item.action?.kind !== 'run_program' && item.action?.kind !== 'call_model')
  );
}

function planOf(
  item: InboxItemDto,
  plan: NonNullable<InboxItemDto['plan']>,
  project: string,
  origin: Origin | undefined,
): PlanDetail {
  return {
    kind: 'plan',
    id: item.id,
    title: item.message,
    project,
    ...(origin && { origin }),
    at: fromHost(item.raised_at),
    summary: visible(item.instructions ?? ''),
    facts: [
      { label: t('plan.steps'), value: t('inbox.steps', { count: plan.steps }) },
      { label: t('step.time'), value: duration(plan.minutes * 60_000) },
      { label: t('step.cost'), value: plan.cost_usd },
    ],
    hash: item.action_hash ?? '',
  };
}

type Action = NonNullable<InboxItemDto['action']>;

function approvalOf(
  item: InboxItemDto,
  action: Action,
  hash: string,
  origin: Origin | undefined,
  people: People,
  diffs: readonly DiffDto[] | undefined,
): ApprovalDetail {
  const effect = classOf(item);
  const stale = staleOf(diffs);
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
    parts: partsOf(action, diffs),
    ...(stale !== undefined && { stale }),
    ...(item.expires_at !== null && { expires: fromHost(item.expires_at) }),
    why: item.why === null ? t('approval.whyUnsaid') : sentence(oneLine(item.why)),
    next: t(`exactly.next.${action.kind}`),
    allowed: APPROVALS.filter((one) => item.allowed.includes(one) && (one !== 'edit' || editable)),
    ...(item.rule !== null && { rule: item.rule }),
    ...(editable && { content: action.content }),
  };
}

function unknownOf(item: InboxItemDto, action: Action, hash: string, origin: Origin | undefined): UnknownDetail {
  const effect = classOf(item);
  return {
    kind: 'unknown',
    id: item.id,
    title: item.message,
    ...(origin && { origin }),
    ...(effect && { effect }),
    story: item.why === null ? t('approval.whyUnsaid') : sentence(oneLine(item.why)),
    facts: [{ label: t('approval.device'), value: action.host }, ...factsOf(action)],
    hash,
    request: requestOf(action),
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
  limit: {
    raise: { name: t('ask.limit.raise'), words: 'none', kind: 'primary', key: 'approve' },
    stop: { name: t('ask.limit.stop'), words: 'optional', kind: 'danger', key: 'deny', asks: t('approval.denyWhy') },
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

function personOf(
  item: InboxItemDto,
  origin: Origin | undefined,
  people: People,
  diffs: readonly DiffDto[] | undefined,
): PersonDetail {
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
    // What the step says stands below, once.
    ...(item.why && item.why.trim() !== item.instructions?.trim() && { why: sentence(unwrapped(visible(item.why))) }),
    ...(item.instructions && { instructions: unwrapped(visible(item.instructions)) }),
    ...(item.summary && { summary: visible(item.summary) }),
    ...(item.artifacts.length > 0 && { artifacts: item.artifacts }),
    ...(item.widens.length > 0 && { widens: item.widens }),
    ...(reason === 'agent_change' && { parts: diffParts(diffs, item.member ?? '') }),
    facts: item.member === null ? [] : [{ label: t('cost.member'), value: memberRef(people, item.member).name }],
    ...(item.action_hash !== null && { hash: item.action_hash }),
    decisions: item.allowed.map((id) => ({ id, ...(known[id] ?? { name: id, words: 'optional', kind: 'secondary' }) })),
  };
}
