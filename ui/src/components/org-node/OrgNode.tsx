import type { ComponentPropsWithRef } from 'react';
import { classes } from '../classes.ts';
import { Load } from '../load/Load.tsx';
import { Avatar } from '../member/Member.tsx';
import type { MemberRef } from '../member/member.ts';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';

export interface OrgNodeModel {
  member: MemberRef;
  status: Status;
  /** Role, department, or kind and tier. */
  line: string;
  load?: { running: number; limit: number };
}

/** A member as a card of the chart. The chart itself paints its cards; this is the same card where one stands alone. */
export function OrgNode({
  node,
  chosen,
  ...rest
}: { node: OrgNodeModel; chosen: boolean } & ComponentPropsWithRef<'button'>) {
  return (
    <button
      type="button"
      className={classes('org org-flow', node.status === 'build' && 'build')}
      aria-pressed={chosen}
      {...rest}
    >
      <Avatar member={node.member} />
      <span className="name cut">{node.member.name}</span>
      <span className="sub">
        <StatusIcon status={node.status} />
        <span className="cut grow">{node.line}</span>
        {node.load && <Load running={node.load.running} limit={node.load.limit} />}
      </span>
    </button>
  );
}
