import type { ReactNode } from 'react';
import { t } from '#ui/words/words.ts';
import { Avatar } from '../member/Member.tsx';
import type { MemberRef } from '../member/member.ts';

/** What one member said or did, in a conversation. */
export function Turn({
  member,
  you,
  meta,
  children,
}: {
  member: MemberRef;
  you?: boolean;
  meta?: ReactNode;
  children: ReactNode;
}) {
  return (
    <article className="turn-row" aria-label={you ? t('member.you') : member.name}>
      <Avatar member={member} size="l" />
      <div className="col">
        <div className="turn-head">
          <strong className="strong">{you ? t('member.you') : member.name}</strong>
          <span className="meta">{meta}</span>
        </div>
        {children}
      </div>
    </article>
  );
}
