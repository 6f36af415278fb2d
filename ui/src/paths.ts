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
  system: (tab?: string) => (tab ? `#/system/${part(tab)}` : '#/system'),
  gallery: () => '#/gallery',
  galleryPage: (page: string) => `#/gallery/page/${part(page)}`,
};

/** The one table of places. Workflows and Insight join it once they have something to show; their keys stay free. */
export const PLACES = ['home', 'inbox', 'organisation', 'projects', 'system'] as const;
export type Place = (typeof PLACES)[number];
