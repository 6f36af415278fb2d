import type { ComponentPropsWithRef } from 'react';
import { classes } from '../classes.ts';
import { Avatar } from '../member/Member.tsx';
import type { MemberRef } from '../member/member.ts';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';
import { NODE } from './planLayout.ts';

export interface PlanNodeModel {
  number: number;
  name: string;
  status: Status;
  assignee: MemberRef;
  /** "approval", "review", "asks first". */
  note?: string;
  /** Time and cost, as far as they are known. */
  facts: string;
}

/** A step in the picture of its plan. */
export function PlanNode({
  node,
  chosen,
  place,
  tabIndex = -1,
  ...rest
}: { node: PlanNodeModel; chosen: boolean; place?: { x: number; y: number } } & ComponentPropsWithRef<'div'>) {
  return (
    <div
      role="treeitem"
      tabIndex={tabIndex}
      className={classes('node', node.status === 'build' && 'build', !place && 'node-flow')}
      aria-selected={chosen}
      style={{ width: NODE.width, height: NODE.height, ...(place && { left: place.x, top: place.y }) }}
      {...rest}
    >
      <span className="node-top">
        <StatusIcon status={node.status} />
        <span>{node.number}</span>
        <span className="cut">{node.note}</span>
        <span className="push node-facts">{node.facts}</span>
      </span>
      <span className="node-name">{node.name}</span>
      <span className="node-foot">
        <Avatar member={node.assignee} />
        <span className="cut">{node.assignee.name}</span>
      </span>
    </div>
  );
}
