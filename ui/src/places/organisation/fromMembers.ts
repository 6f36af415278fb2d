import type { Status } from '#ui/components/status/statuses.ts';
import type { AgentDto, InboxItemDto, MemberDetailDto, MemberDto, MemberRunDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { paths } from '#ui/paths.ts';
import { departmentName, memberRef, type People } from '#ui/places/shared/members.ts';
import { fromHost, hash, list, sentence } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import type { MemberDetail, OrganisationModel } from './model.ts';

const LIFECYCLE: Readonly<Record<string, Status>> = {
  draft: 'build',
  developing: 'build',
  paused: 'paused',
  retired: 'offline',
  archived: 'offline',
};

const KINDS = ['model', 'function', 'acp', 'a2a', 'person'] as const;

export function kindName(kind: string): string {
  const known = KINDS.find((one) => one === kind);
  return known ? t(`org.kinds.${known}`) : kind;
}

/** The person at the top: whoever reports to nobody among the agents stands below them. */
function personAtTheTop(members: readonly MemberDto[]): string | null {
  return members.find((member) => member.kind === 'person' && member.reports_to === null)?.name ?? null;
}

export function organisationOf(members: readonly MemberDto[], people: People): OrganisationModel {
  const top = personAtTheTop(members);
  const persons = members.filter((member) => member.kind === 'person').length;
  return {
    counts: {
      people: persons,
      agents: members.length - persons,
      departments: new Set(members.map((member) => member.department)).size,
    },
    tabs: {},
    parts: ['chart'],
    members: members.map((member) => ({
      id: member.name,
      reportsTo: member.reports_to ?? (member.name === top ? null : top),
      member: memberRef(people, member.name),
      status: LIFECYCLE[member.lifecycle] ?? 'queued',
      // The branch of the chart is the department.
      line: sentence(member.role || kindName(member.kind)),
    })),
  };
}

const RUNS: Readonly<Record<string, Status>> = { running: 'run', completed: 'done', failed: 'fail' };

/** A member as the chart knows it, and with all that is known of it as soon as that was read. */
export function memberOf(
  member: MemberDto,
  people: People,
  known?: MemberDetailDto | null,
  inbox: readonly InboxItemDto[] = [],
  projects: readonly ProjectDto[] = [],
): MemberDetail {
  return {
    member: memberRef(people, member.name),
    line: list([member.role, departmentName(member.department)]),
    status: LIFECYCLE[member.lifecycle] ?? 'queued',
    statusWords: member.lifecycle,
    tags: [kindName(member.kind)],
    about: [
      { label: t('system.kind'), value: kindName(member.kind) },
      { label: t('org.role'), value: member.role },
      { label: t('projects.department'), value: departmentName(member.department) },
      { label: t('org.reportsTo'), value: member.reports_to ?? t('plan.nobody') },
      { label: t('org.lifecycle'), value: member.lifecycle },
      ...(known?.working_hours ? [{ label: t('org.hours'), value: known.working_hours }] : []),
      ...(known?.deputy ? [{ label: t('org.deputy'), value: known.deputy }] : []),
    ],
    waits: inbox
      .filter((item) => item.member === member.name)
      .map((item) => ({ id: item.id, name: item.message, at: fromHost(item.raised_at) })),
    ...(known && { now: known.runs.map((run) => runOf(run, projects)) }),
    ...(known?.agent && agentOf(known.agent, member)),
  };
}

function runOf(run: MemberRunDto, projects: readonly ProjectDto[]): NonNullable<MemberDetail['now']>[number] {
  const project = projects.find((one) => one.id === run.project);
  const step = project?.steps.find((one) => one.id === run.step);
  return {
    id: run.run,
    name: oneLine(step?.title ?? run.step),
    status: RUNS[run.status] ?? 'queued',
    meta: oneLine(project?.title ?? ''),
    href: paths.project(run.project),
  };
}

const words = (items: readonly string[]) => (items.length > 0 ? list(items.map(oneLine)) : t('org.nothing'));

function agentOf(agent: AgentDto, member: MemberDto): Partial<MemberDetail> {
  return {
    description: oneLine(agent.description),
    context: visible(agent.context),
    capabilities: agent.capabilities.map(oneLine),
    may: [
      { label: t('org.tools'), value: words(agent.tools) },
      ...(agent.tier === null ? [] : [{ label: t('org.tier'), value: agent.tier }]),
      ...(agent.program === null
        ? []
        : [{ label: t('exactly.resolved'), value: words([agent.program, ...agent.args]) }]),
      { label: t('org.asks'), value: words(agent.approvals) },
      { label: t('org.spends'), value: agent.budget_usd },
      { label: t('org.stops'), value: t('org.stopsAfter', { turns: agent.turns, minutes: agent.wall_minutes }) },
    ],
    file: { path: agent.file, version: hash(agent.version, 8), since: fromHost(member.updated_at) },
  };
}
