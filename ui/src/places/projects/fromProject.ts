// DTOs of projects, plans and effects as the models of their views. Pure: people and the present come as arguments.
import type { Status } from '#ui/components/status/statuses.ts';
import type { EffectDto, InboxItemDto, PlanDifferenceDto, PlanDto, ProjectDto, StepDto } from '#ui/ipc/bindings.ts';
import { type ProjectTab, paths } from '#ui/paths.ts';
import { departmentName, memberRef, type People, personRef } from '#ui/places/shared/members.ts';
import { effectStanding, isOver, isUnderWay, projectStanding, stepStanding } from '#ui/places/shared/standing.ts';
import { workplaceOf } from '#ui/places/shared/workplace.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { duration, fromHost, list, unwrapped } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import type { FilesModel, PlanModel, PlanStepDetail, ProjectHead, ProjectRow, ProjectsModel } from './model.ts';

export const LIVE_TABS: readonly ProjectTab[] = ['plan', 'run', 'conversation', 'files', 'history', 'cost'];
const MINUTE = 60_000;
const DONE = new Set(['completed', 'skipped']);

const doneOf = (project: ProjectDto) => project.steps.filter((step) => DONE.has(step.status)).length;

function rowOf(project: ProjectDto): ProjectRow {
  const { status, words } = projectStanding(project);
  const wrong = project.steps.find((step) => step.status === 'failed' || step.status === 'pending_approval');
  const attention = wrong && !isOver(project.status) ? stepStanding(wrong.status) : null;
  return {
    id: project.id,
    name: project.title,
    status,
    standing: words,
    health: attention && wrong ? { status: attention.status, text: wrong.title } : { text: '' },
    department: departmentName(project.department),
    done: doneOf(project),
    steps: project.steps.length,
  };
}

export function projectsOf(projects: readonly ProjectDto[]): ProjectsModel {
  const rows = projects.map(rowOf);
  return {
    rows,
    openCount: projects.filter((project) => !isOver(project.status)).length,
    doneCount: projects.filter((project) => isOver(project.status)).length,
    totals: {
      running: projects.filter((project) => project.status === 'running').length,
      attention: rows.filter((row) => row.health.status).length,
      done: rows.reduce((sum, row) => sum + row.done, 0),
      steps: rows.reduce((sum, row) => sum + row.steps, 0),
    },
  };
}

/** What the head shows on every tab, with the one thing that asks for attention. */
export function headOf(
  project: ProjectDto,
  inbox: readonly InboxItemDto[],
  files: number | undefined,
  tab: ProjectTab,
): ProjectHead {
  const { status, words } = projectStanding(project);
  const waits = inbox.filter((item) => item.project === project.id && item.plan === null);
  const [first] = waits;
  const banner = first
    ? {
        status: 'wait' as const,
        lead: t('project.waits', { count: waits.length }),
        text: first.message,
        act: t('project.decide'),
        href: paths.inbox(first.id),
      }
    : project.status === 'planning' && tab !== 'plan'
      ? {
          status: 'wait' as const,
          lead: t('project.planWaits'),
          text: t('plan.nothingRuns'),
          act: t('action.openPlan'),
          href: paths.project(project.id, 'plan'),
        }
      : null;
  return {
    id: project.id,
    name: project.title,
    status,
    statusWords: words,
    tabs: LIVE_TABS,
    ...(files !== undefined && { files }),
    ...(banner && { banner }),
  };
}

type PlanStep = PlanDto['steps'][number];

const EVIDENCE_ICONS: Readonly<Record<string, 'file' | 'term'>> = {
  file_exists: 'file',
  command_succeeds: 'term',
};

const KINDS = ['standard', 'build_agent', 'improve_agent', 'subproject', 'human_approval'] as const;

function kindName(kind: string): string {
  const known = KINDS.find((one) => one === kind);
  return known ? t(`plan.kinds.${known}`) : kind;
}

function assigneeOf(step: PlanStep, people: People) {
  return step.assignee ? memberRef(people, step.assignee) : personRef(t('member.you'));
}

function stepDetailOf(plan: PlanDto, step: PlanStep, index: number, people: People): PlanStepDetail {
  const names = new Map(plan.steps.map((one) => [one.id, one.title]));
  const gap = plan.gaps.find((one) => one.step === step.id);
  return {
    id: step.id,
    number: index + 1,
    kind: kindName(step.kind),
    name: step.title,
    text: unwrapped(step.instructions),
    assignee: assigneeOf(step, people),
    ...(gap
      ? { assigneeNote: t('plan.gap', { step: step.title, capability: gap.capability }) }
      : step.human !== null && { assigneeNote: t('plan.yours') }),
    evidence: step.evidence.map((one) => ({
      icon: EVIDENCE_ICONS[one.kind] ?? 'list',
      text: one.note || one.value,
    })),
    estimate: [
      {
        label: t('step.time'),
        value: duration(step.minutes * MINUTE),
        note: t('plan.range', {
          low: duration(step.minutes_low * MINUTE),
          high: duration(step.minutes_high * MINUTE),
        }),
      },
      { label: t('step.cost'), value: step.cost_usd },
    ],
    dependsOn: step.depends_on.map((id) => ({ id, status: 'queued', name: names.get(id) ?? id })),
  };
}

function depthOf(plan: PlanDto): number {
  const depths = new Map<string, number>();
  const depth = (id: string, seen: ReadonlySet<string>): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    const step = plan.steps.find((one) => one.id === id);
    if (!step || seen.has(id)) return 0;
    const before = new Set(seen).add(id);
    const own = 1 + Math.max(0, ...step.depends_on.map((next) => depth(next, before)));
    depths.set(id, own);
    return own;
  };
  return Math.max(0, ...plan.steps.map((step) => depth(step.id, new Set())));
}

function plannedStatus(step: PlanStep): Status {
  return step.kind === 'build_agent' || step.kind === 'improve_agent' ? 'build' : 'queued';
}

/** A version of a plan; `note` says why it is not the one to decide on. */
export function planOf(plan: PlanDto, project: ProjectDto, people: People): PlanModel {
  const approved = project.approved_version === plan.version;
  const stands = new Map(project.steps.map((step) => [step.id, stepStanding(step.status).status]));
  const newest = project.plan_version === plan.version;
  const note = approved
    ? t('plan.approvedNote')
    : newest
      ? null
      : t('plan.olderNote', { version: project.plan_version });
  return {
    version: plan.version,
    versions: Array.from({ length: project.plan_version }, (_, index) => index + 1),
    ...(note !== null && { note }),
    summary: plan.summary,
    assumptions: plan.assumptions,
    risks: plan.risks,
    problems: plan.problems,
    gaps: plan.gaps,
    steps: plan.steps.map((step, index) => ({
      id: step.id,
      dependsOn: step.depends_on,
      number: index + 1,
      name: step.title,
      status: (approved && stands.get(step.id)) || plannedStatus(step),
      assignee: assigneeOf(step, people),
      ...(step.human !== null && { note: t('plan.yours') }),
      facts: list([duration(step.minutes * MINUTE), step.cost_usd]),
    })),
    columnNames: Array.from({ length: depthOf(plan) }, (_, index) => t('plan.stage', { number: index + 1 })),
    details: Object.fromEntries(plan.steps.map((step, index) => [step.id, stepDetailOf(plan, step, index, people)])),
    cost: microDollars(plan.cost_usd),
    takes: plan.critical_minutes * MINUTE,
    hash: plan.hash,
    workplace: workplaceOf(plan.place),
  };
}

function inShort(step: PlanStep | undefined): string {
  return step ? list([step.assignee, duration(step.minutes * MINUTE)]) : '';
}

function costOf(step: PlanStep | undefined): number {
  return step ? (microDollars(step.cost_usd) ?? 0) : 0;
}

/** What a version did to the one before it, step by step. */
export function comparedOf(before: PlanDto, after: PlanDto, difference: PlanDifferenceDto): PlanModel['compared'] {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const now = new Map(after.steps.map((step) => [step.id, step]));
  const row = (why: 'added' | 'removed' | 'changed') => (id: string) => {
    const [was, is] = [old.get(id), now.get(id)];
    return {
      id,
      step: (is ?? was)?.title ?? id,
      before: inShort(was),
      after: inShort(is),
      why: t(`plan.changes.${why}`),
      cost: costOf(is) - costOf(was),
    };
  };
  return {
    from: before.version,
    to: after.version,
    words: difference.frame ? t('plan.frameChanged') : '',
    added: difference.added.length,
    changed: difference.changed.length,
    removed: difference.removed.length,
    rows: [
      ...difference.added.map(row('added')),
      ...difference.changed.map(row('changed')),
      ...difference.removed.map(row('removed')),
    ],
  };
}

const MARK: Readonly<Record<string, 'A' | 'M' | 'D'>> = { new: 'A', changed: 'M', deleted: 'D' };

/** Every change of a file, the newest first. Its lines are asked for when it is looked at. */
export function filesOf(effects: readonly EffectDto[], project: ProjectDto, people: People): FilesModel {
  const titles = new Map(project.steps.map((step, index) => [step.id, { number: index + 1, name: step.title }]));
  return {
    files: effects
      .flatMap((effect) => {
        const { file } = effect;
        if (!file || effect.status === 'intended') return [];
        const step = effect.step === null ? undefined : titles.get(effect.step);
        return [
          {
            id: effect.id,
            path: oneLine(file.path),
            mark: MARK[file.change] ?? 'M',
            at: fromHost(effect.settled_at ?? effect.intended_at),
            ...(step && { step: t('step.named', step) }),
            by: effect.member === null ? personRef(t('member.person')) : memberRef(people, effect.member),
            standing: effectStanding(effect.status),
            undoable: effect.undoable,
          },
        ];
      })
      .toReversed(),
  };
}

/** How long a step took; null while it runs or has not begun. */
export function tookOf(step: StepDto): number | null {
  if (step.started_at === null || step.finished_at === null) return null;
  return Math.max(0, fromHost(step.finished_at - step.started_at));
}

export function canHold(project: ProjectDto): boolean {
  return isUnderWay(project.status);
}
