import type { MemberRef } from '#ui/components/member/member.ts';
import type { Status } from '#ui/components/status/statuses.ts';
import type { BudgetDto, ProjectDto, ProjectSpendDto, SpendDto } from '#ui/ipc/bindings.ts';
import { memberRef, type People } from '#ui/places/shared/members.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { fromHost, type Instant, type MicroUsd } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

/** One call of a model with its receipt. */
export interface CallRow {
  id: string;
  at: Instant;
  step: string;
  member?: MemberRef;
  model: string;
  status: Status;
  statusWords: string;
  /** What was set aside before it, and what it came to. */
  reserved: MicroUsd;
  charged: MicroUsd | null;
  tokens: number;
  call: SpendDto;
}

export interface SpendModel {
  charged: MicroUsd;
  budgets: readonly { id: string; name: string; used: MicroUsd; most: MicroUsd; percent: number }[];
  rows: readonly CallRow[];
}

const PURPOSES = ['work', 'intake', 'planning'] as const;
const STATUSES: Readonly<Record<string, Status>> = { reserved: 'run', known: 'done', assumed: 'unknown' };
const STATUS_NAMES = ['reserved', 'known', 'assumed'] as const;

function purposeName(purpose: string): string {
  const known = PURPOSES.find((one) => one === purpose);
  return known ? t(`cost.purpose.${known}`) : purpose;
}

function rowOf(call: SpendDto, project: ProjectDto, people: People): CallRow {
  const step = project.steps.find((one) => one.id === call.step);
  const status = STATUS_NAMES.find((one) => one === call.status);
  return {
    id: call.id,
    at: fromHost(call.at),
    step: step ? oneLine(step.title) : purposeName(call.purpose),
    ...(call.member !== null && { member: memberRef(people, call.member) }),
    model: oneLine(call.model),
    status: STATUSES[call.status] ?? 'queued',
    statusWords: status ? t(`cost.status.${status}`) : call.status,
    reserved: microDollars(call.reserved_usd) ?? 0,
    charged: call.status === 'reserved' ? null : microDollars(call.charged_usd),
    tokens: call.input + call.cached + call.cache_write + call.output,
    call,
  };
}

function budgetName(scope: string): string {
  const known = (['day', 'project'] as const).find((one) => one === scope);
  return known ? t(`cost.scope.${known}`) : scope;
}

function budgetOf(budget: BudgetDto): SpendModel['budgets'][number] {
  return {
    id: budget.scope,
    name: budgetName(budget.scope),
    used: microDollars(budget.charged_usd) ?? 0,
    most: microDollars(budget.most_usd) ?? 0,
    percent: budget.used_percent,
  };
}

/** The calls of a project, newest first, with the limits that hold. */
export function spendOf(spend: ProjectSpendDto, project: ProjectDto, people: People): SpendModel {
  return {
    charged: microDollars(spend.charged_usd) ?? 0,
    budgets: spend.budgets.map(budgetOf),
    rows: spend.calls.map((call) => rowOf(call, project, people)).toReversed(),
  };
}

/** Whole cents of what somebody typed, "2", "2.50" or "$2.50"; null for what is no amount. */
export function centsOf(text: string): number | null {
  const match = /^\$?\s*(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (!match?.[1]) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0') || 0);
}
