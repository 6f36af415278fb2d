import { PROJECT_TABS } from '#ui/paths.ts';

// A link from outside navigates, and does nothing else: it decides, starts and imports nothing. What is not in this table
// leads nowhere. Ids are taken as the host makes them: letters, digits, dot, dash, underscore.
const ID = '[A-Za-z0-9._-]{1,64}';

const TABLE: readonly { pattern: RegExp; path: (...parts: string[]) => string }[] = [
  { pattern: /^$/, path: () => '/' },
  { pattern: /^inbox$/, path: () => '/inbox' },
  { pattern: new RegExp(`^inbox/(${ID})$`), path: (item) => `/inbox/${item}` },
  { pattern: new RegExp(`^member/(${ID})$`), path: (member) => `/organisation/member/${member}` },
  { pattern: new RegExp(`^project/(${ID})$`), path: (project) => `/projects/${project}/run` },
  {
    pattern: new RegExp(`^project/(${ID})/(${PROJECT_TABS.join('|')})$`),
    path: (project, tab) => `/projects/${project}/${tab}`,
  },
];

const SCHEME = 'cadre://';
const LONGEST = 256;

/** The place a `cadre://` link means, or null if it means none. */
export function pathOfLink(link: string): string | null {
  if (!link.startsWith(SCHEME) || link.length > LONGEST) return null;
  const rest = link.slice(SCHEME.length).replace(/\/$/, '');
  for (const { pattern, path } of TABLE) {
    const match = pattern.exec(rest);
    if (match) return path(...match.slice(1));
  }
  return null;
}
