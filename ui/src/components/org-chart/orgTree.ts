import { list } from '#ui/words/format.ts';
import type { TreeNode } from '../tree/Tree.tsx';
import { belowOf, type OrgMember } from './orgBoxes.ts';

/** The same members as the chart, as a tree. A circle of managers is cut where it would close. */
export function orgTree(members: readonly OrgMember[]): TreeNode[] {
  const below = belowOf(members);
  const placed = new Set<string>();
  const node = (member: OrgMember): TreeNode => {
    placed.add(member.id);
    const children = (below.get(member.id) ?? []).filter((other) => !placed.has(other.id)).map(node);
    return {
      id: member.id,
      status: member.status,
      text: list([member.member.name, member.line]),
      ...(children.length > 0 && { children, meta: String(children.length) }),
    };
  };
  return (below.get(null) ?? []).map(node);
}
