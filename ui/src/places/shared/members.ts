import { initials, type MemberRef } from '#ui/components/member/member.ts';
import type { MemberDto } from '#ui/ipc/bindings.ts';
import { sentence } from '#ui/words/format.ts';

/** Everybody by name. */
export type People = ReadonlyMap<string, MemberDto>;

export function peopleOf(members: readonly MemberDto[] | undefined): People {
  return new Map((members ?? []).map((member) => [member.name, member]));
}

/** Whoever is named, as a chip. A name that nobody has is drawn as one that does not exist yet. */
export function memberRef(people: People, name: string): MemberRef {
  const known = people.get(name);
  const kind = known?.kind === 'person' ? 'person' : 'agent';
  return {
    id: name,
    name,
    kind,
    initials: initials(name.replaceAll(/[-_.]/g, ' '), kind),
    ...(!known && people.size > 0 && { missing: true }),
  };
}

/** A department as people write it: the host's names are those of folders. */
export function departmentName(name: string): string {
  const MOST_SHORT = 2;
  return name.length <= MOST_SHORT ? name.toUpperCase() : sentence(name.replaceAll(/[-_]/g, ' '));
}

/** Who sits here: a person, whether or not the organisation has an entry. */
export function personRef(name: string): MemberRef {
  return { id: name, name, kind: 'person', initials: initials(name, 'person') };
}
