import type { Status } from '#ui/components/status/statuses.ts';
import type { MemberDto } from '#ui/ipc/bindings.ts';
import { memberRef, type People } from '#ui/places/shared/members.ts';
import { list } from '#ui/words/format.ts';
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
      line: list([member.role || kindName(member.kind), member.department]),
    })),
  };
}

export function memberOf(member: MemberDto, people: People): MemberDetail {
  return {
    member: memberRef(people, member.name),
    line: list([member.role, member.department]),
    status: LIFECYCLE[member.lifecycle] ?? 'queued',
    statusWords: member.lifecycle,
    tags: [kindName(member.kind)],
    about: [
      { label: t('system.kind'), value: kindName(member.kind) },
      { label: t('org.role'), value: member.role },
      { label: t('projects.department'), value: member.department },
      { label: t('org.reportsTo'), value: member.reports_to ?? t('plan.nobody') },
      { label: t('org.lifecycle'), value: member.lifecycle },
    ],
  };
}
