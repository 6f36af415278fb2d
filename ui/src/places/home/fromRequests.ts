import { initials } from '#ui/components/member/member.ts';
import type { InboxItemDto, PlanDto, ProjectDto, ReadingDto, RequestDto } from '#ui/ipc/bindings.ts';
import { dueOf } from '#ui/places/inbox/fromInbox.ts';
import { departmentName, memberRef, type People, personRef } from '#ui/places/shared/members.ts';
import { isUnderWay, projectStanding } from '#ui/places/shared/standing.ts';
import { workplaceOf } from '#ui/places/shared/workplace.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { fromHost } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import type {
  HomeModel,
  PlanCardModel,
  PlanStepRow,
  ReadingModel,
  RunningItem,
  TalkEntry,
  TalkProject,
} from './model.ts';

/** The six intents, in the order of their keys. */
export const INTENTS = [
  'DELEGATE',
  'CREATE_PROJECT',
  'BUILD_AGENT',
  'IMPROVE_AGENT',
  'CLARIFY',
  'DIRECT_RESPONSE',
] as const;
type Intent = (typeof INTENTS)[number];

const MOST_COMPLEX = 10;
const MINUTE = 60_000;

export function intentName(intent: string): string {
  const known = INTENTS.find((one): one is Intent => one === intent);
  return known ? t(`intent.names.${known}`) : intent;
}

/** Whoever answered is named: the classifier of Cadre, a model, or the person who corrected it. */
export function readerName(reader: string): string {
  if (reader === 'embedded') return t('intent.embedded');
  if (reader.startsWith('person:')) return t('intent.byPerson', { name: reader.slice('person:'.length) });
  return reader.replace(/^model:/, '');
}

export function readingOf(reading: ReadingDto): ReadingModel {
  const shares = new Map(reading.alternatives.map((one) => [one.intent, one.confidence]));
  shares.set(reading.intent, reading.confidence);
  return {
    chosen: reading.intent,
    readings: INTENTS.map((id) => {
      const share = shares.get(id);
      return { id, name: intentName(id), ...(share !== undefined && { confidence: share }) };
    }),
    sure: reading.confidence,
    reader: readerName(reading.reader),
    departments: { first: departmentName(reading.department), more: 0 },
    complexity: { value: reading.complexity, of: MOST_COMPLEX },
    horizon: reading.horizon ?? t('intent.noHorizon'),
    ...(reading.question && !reading.sure && { question: reading.question }),
    ...(reading.intent === 'DIRECT_RESPONSE' && { answer: reading.answer === null ? null : visible(reading.answer) }),
  };
}

const DONE = new Set(['completed', 'skipped']);

const INTAKE = { id: 'intake', name: t('home.intake'), kind: 'agent', initials: initials('Cadre', 'agent') } as const;

/** What a finished project came to: its last words, and the files that it made. */
function resultOf(project: ProjectDto): NonNullable<TalkProject['result']> {
  const last = project.steps.findLast((step) => step.status === 'completed' && step.summary !== null);
  const files = new Map(project.steps.flatMap((step) => step.artifacts).map((file) => [file.path, file]));
  return {
    ...(last?.summary && { summary: visible(last.summary) }),
    files: [...files.values()],
  };
}

function progressOf(project: ProjectDto): NonNullable<TalkProject['progress']> {
  const { steps } = project;
  const now = steps.find((step) => step.status === 'running' || step.status === 'pending_approval');
  return {
    done: steps.filter((step) => DONE.has(step.status)).length,
    steps: steps.length,
    ...(now && { now: oneLine(now.title) }),
  };
}

function becameOf(project: ProjectDto): TalkProject {
  const { status, words } = projectStanding(project);
  return {
    id: project.id,
    name: project.title,
    status,
    words,
    ...(project.status === 'planning' && { version: project.plan_version }),
    ...(isUnderWay(project.status) && { progress: progressOf(project) }),
    ...(project.status === 'completed' && { result: resultOf(project) }),
  };
}

/** Requests as a conversation, the newest last. */
export function talkOf(requests: readonly RequestDto[], projects: readonly ProjectDto[]): TalkEntry[] {
  const byId = new Map(projects.map((project) => [project.id, project]));
  return requests
    .toSorted((a, b) => a.filed_at - b.filed_at)
    .flatMap((request): TalkEntry[] => {
      const at = fromHost(request.filed_at);
      const project = request.project === null ? undefined : byId.get(request.project);
      return [
        {
          kind: 'said',
          id: request.id,
          by: personRef(request.by),
          you: true,
          at,
          text: request.text,
          ...(request.folder !== null && { folder: request.folder }),
          ...(request.attachments.length > 0 && { attachments: request.attachments }),
        },
        {
          kind: 'answered',
          id: request.id,
          by: INTAKE,
          at,
          ...(request.reading ? { reading: readingOf(request.reading) } : { text: t('home.notRead') }),
          mayPlan: request.project === null && request.reading !== null,
          ...(project && { project: becameOf(project) }),
        },
      ];
    });
}

export function runningOf(project: ProjectDto, people: People): RunningItem {
  const { steps } = project;
  const active = steps.find((step) => step.status === 'running') ?? steps.find((step) => !DONE.has(step.status));
  const { status, words } = projectStanding(project);
  const who = active?.assignee ? memberRef(people, active.assignee).name : words;
  return {
    id: project.id,
    name: active?.title ?? project.title,
    status,
    share: steps.length === 0 ? 0 : steps.filter((step) => DONE.has(step.status)).length / steps.length,
    who,
    project: { id: project.id, name: project.title },
  };
}

/** How many of each the side shows; the rest is one click away. */
const TOP = 5;

/** `requests`, newest first, may be more than the `shown` ones: they tell what there is before those. */
export function homeOf({
  requests,
  shown,
  projects,
  inbox,
  people,
}: {
  requests: readonly RequestDto[];
  shown: number;
  projects: readonly ProjectDto[] | undefined;
  inbox: readonly InboxItemDto[] | undefined;
  people: People;
}): HomeModel {
  const running = projects?.filter((project) => isUnderWay(project.status));
  return {
    talk: talkOf(requests.slice(0, shown), projects ?? []),
    ...(requests.length > shown && { earlier: requests.length - shown }),
    ...(inbox && { due: inbox.slice(0, TOP).map((item) => dueOf(item, people)), dueCount: inbox.length }),
    ...(running && {
      running: running.slice(0, TOP).map((project) => runningOf(project, people)),
      runningCount: running.length,
    }),
  };
}

function evidenceWords(step: PlanDto['steps'][number]): string {
  const [first, ...rest] = step.evidence;
  if (!first) return t('plan.noEvidence');
  const words = first.note || first.value;
  return rest.length > 0 ? t('plan.evidenceMore', { first: words, count: rest.length }) : words;
}

export function stepRowOf(step: PlanDto['steps'][number], people: People): PlanStepRow {
  return {
    id: step.id,
    name: step.title,
    status: step.kind === 'build_agent' || step.kind === 'improve_agent' ? 'build' : 'queued',
    assignee: step.assignee ? memberRef(people, step.assignee) : personRef(t('member.you')),
    evidence: evidenceWords(step),
    time: step.minutes * MINUTE,
    cost: microDollars(step.cost_usd),
  };
}

export function planCardOf(plan: PlanDto, people: People): PlanCardModel {
  return {
    project: plan.project,
    name: plan.title,
    version: plan.version,
    steps: plan.steps.length,
    newAgents: plan.steps.filter((step) => step.kind === 'build_agent').length,
    rows: plan.steps.map((step) => stepRowOf(step, people)),
    takes: plan.critical_minutes * MINUTE,
    approvals: plan.steps.filter((step) => step.human !== null || step.kind === 'human_approval').length,
    cost: microDollars(plan.cost_usd),
    hash: plan.hash,
    summary: plan.summary,
    problems: plan.problems,
    gaps: plan.gaps,
    workplace: workplaceOf(plan.place),
  };
}
