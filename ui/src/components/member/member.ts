/** What a chip has to know of a member. `missing`: the plan counts on it, but it does not exist yet. */
export interface MemberRef {
  id: string;
  name: string;
  kind: 'person' | 'agent';
  missing?: boolean;
  /** Two letters drawn in the avatar. */
  initials: string;
}

/** A person by first and last name, an agent by its first two letters, as the chart draws them. */
export function initials(name: string, kind: MemberRef['kind']): string {
  const words = name.trim().split(/\s+/);
  const first = words[0] ?? '';
  const last = words.at(-1) ?? '';
  if (kind === 'person') return (first.charAt(0) + (words.length > 1 ? last.charAt(0) : '')).toUpperCase();
  const second = words.length > 1 ? last.charAt(0) : first.charAt(1);
  return first.charAt(0).toUpperCase() + second.toLowerCase();
}
