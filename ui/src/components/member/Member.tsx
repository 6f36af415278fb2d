import type { ReactNode } from 'react';
import { t } from '#ui/words/words.ts';
import { classes } from '../classes.ts';
import type { MemberRef } from './member.ts';

type Size = 'm' | 'l' | 'xl';

/** A person is round, an agent is square, one that does not exist yet is dashed. Decoration: the name stands beside it. */
export function Avatar({ member, size = 'm' }: { member: MemberRef; size?: Size }) {
  return (
    <span
      className={classes('avatar', member.kind, size !== 'm' && `avatar-${size}`, member.missing && 'build')}
      aria-hidden="true"
    >
      {member.initials}
    </span>
  );
}

export function MemberChip({ member, sub }: { member: MemberRef; sub?: ReactNode }) {
  return (
    <span className="member">
      <Avatar member={member} />
      <span className="cut">{member.name}</span>
      <span className="sr">({t(`member.${member.kind}`)})</span>
      {sub && <span className="sub">{sub}</span>}
    </span>
  );
}

/** Several in the room of one; the names are read out. */
export function AvatarStack({ members }: { members: readonly MemberRef[] }) {
  return (
    <span className="stack" role="img" aria-label={members.map((member) => member.name).join(', ')}>
      {members.map((member) => (
        <Avatar key={member.id} member={member} />
      ))}
    </span>
  );
}
