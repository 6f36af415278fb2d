// Where everything lies. Views link with these, the router declares the same in routes.tsx, and a test holds the two together.

export const PROJECT_TABS = ['plan', 'run', 'history', 'files', 'conversation', 'cost'] as const;
export type ProjectTab = (typeof PROJECT_TABS)[number];

const part = encodeURIComponent;

export const paths = {
  home: () => '#/',
  inbox: (item?: string) => (item ? `#/inbox/${part(item)}` : '#/inbox'),
  organisation: (tab?: string) => (tab ? `#/organisation/${part(tab)}` : '#/organisation'),
  member: (id: string) => `#/organisation/member/${part(id)}`,
  projects: () => '#/projects',
  project: (id: string, tab: ProjectTab = 'run') => `#/projects/${part(id)}/${tab}`,
  workflows: () => '#/workflows',
  insight: () => '#/insight',
  system: (tab?: string) => (tab ? `#/system/${part(tab)}` : '#/system'),
  firstRun: () => '#/first-run',
  gallery: () => '#/gallery',
  galleryPage: (page: string) => `#/gallery/page/${part(page)}`,
};

export const PLACES = ['home', 'inbox', 'organisation', 'projects', 'workflows', 'insight', 'system'] as const;
export type Place = (typeof PLACES)[number];
