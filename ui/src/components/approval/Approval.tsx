import { type ReactNode, type RefObject, useEffect, useEffectEvent, useRef } from 'react';
import { exactBytes } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import { Avatar } from '../member/Member.tsx';
import type { MemberRef } from '../member/member.ts';
import { Seal } from '../seal/Seal.tsx';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';

/** What is approved, byte for byte: its parts in the order command, files, data, under one hash that covers all of them. */
export function Bound({
  title,
  hex,
  parts,
  size,
  children,
}: {
  title: string;
  hex: string;
  parts?: number;
  size?: number;
  children: ReactNode;
}) {
  return (
    <section className="bound" aria-label={title}>
      <div className="bound-head">
        <Icon name="lock" />
        <h3>{title}</h3>
        {parts !== undefined && size !== undefined && (
          <span className="meta narrow-hide">{t('approval.covers', { count: parts, bytes: exactBytes(size) })}</span>
        )}
        <span className="push">
          <Seal hex={hex} />
        </span>
      </div>
      {children}
    </section>
  );
}

/** One part. It tells its page once its end has been in view: only then is Approve on. */
export function BoundPart({
  children,
  onSeen,
  className,
}: {
  children: ReactNode;
  onSeen?: () => void;
  className?: string;
}) {
  const end = useSeen(onSeen);
  return (
    <div className={classes('part', className)}>
      {children}
      <div ref={end} />
    </div>
  );
}

function useSeen(onSeen: (() => void) | undefined): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const seen = useEffectEvent(() => onSeen?.());
  const wanted = onSeen !== undefined;
  useEffect(() => {
    const mark = ref.current;
    if (!mark || !wanted) return;
    // What lies under the dock or the bar of places was not in view.
    const covered = matchMedia('(max-width: 760px)').matches ? 140 : 88;
    const watcher = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        seen();
      },
      { rootMargin: `0px 0px -${covered}px 0px` },
    );
    watcher.observe(mark);
    return () => watcher.disconnect();
  }, [wanted]);
  return ref;
}

export interface Vote {
  member: MemberRef;
  you?: boolean;
  status: Status;
  /** "Approved 14:21", "Away, deputy Sam Okafor". */
  line: string;
}

/** Who may decide, and what each of them did. Yours stands out as long as it is missing. */
export function Votes({ votes }: { votes: readonly Vote[] }) {
  return (
    <ul className="votes">
      {votes.map((vote) => {
        const open = Boolean(vote.you) && vote.status === 'wait';
        return (
          <li key={vote.member.id} className={classes('vote', open && 'you', vote.status === 'paused' && 'out')}>
            <Avatar member={vote.member} size="l" />
            <div className="col col-0">
              <span className="strong">{vote.you ? t('member.you') : vote.member.name}</span>
              <span className={classes('meta', open && 't-wait')}>{vote.line}</span>
            </div>
            <span className="push">
              <StatusIcon status={vote.status} />
            </span>
          </li>
        );
      })}
    </ul>
  );
}
