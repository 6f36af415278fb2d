import { list } from '#ui/words/format.ts';
import type { TreeNode } from '../tree/Tree.tsx';
import type { OrgMember } from './orgLayout.ts';

/** The same members as the chart, as a tree. A circle of managers is cut where it would close. */
export function orgTree(members: readonly OrgMember[]): TreeNode[] {
  const known = new Set(members.map((member) => member.id));
  const below = new Map<string | null, OrgMember[]>();
  for (const member of members) {
    const manager = member.reportsTo !== null && known.has(member.reportsTo) ? member.reportsTo : null;
    const beside = below.get(manager);
    if (beside) beside.push(member);
    else below.set(manager, [member]);
  }
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
