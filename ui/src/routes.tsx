// The whole route tree. No files are scanned: this file is all there is to routing. paths.ts writes the same addresses.
import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { Frame } from './frame/Frame.tsx';
import { NotFound } from './frame/NotFound.tsx';
import { PROJECT_TABS, type ProjectTab } from './paths.ts';

const root = createRootRoute({ notFoundComponent: NotFound });

const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: Frame });

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  component: lazyRouteComponent(() => import('./places/home/HomePage.tsx')),
});

const inboxPage = lazyRouteComponent(() => import('./places/inbox/InboxPage.tsx'));
const inbox = createRoute({ getParentRoute: () => frame, path: '/inbox', component: inboxPage });
const inboxItem = createRoute({ getParentRoute: () => frame, path: '/inbox/$item', component: inboxPage });

const organisationPage = lazyRouteComponent(() => import('./places/organisation/OrganisationPage.tsx'));
const organisation = createRoute({ getParentRoute: () => frame, path: '/organisation', component: organisationPage });
const organisationTab = createRoute({
  getParentRoute: () => frame,
  path: '/organisation/$tab',
  component: organisationPage,
});
const member = createRoute({
  getParentRoute: () => frame,
  path: '/organisation/member/$member',
  component: organisationPage,
});

const projects = createRoute({
  getParentRoute: () => frame,
  path: '/projects',
  component: lazyRouteComponent(() => import('./places/projects/ProjectsPage.tsx')),
});
const project = createRoute({
  getParentRoute: () => frame,
  path: '/projects/$project/$tab',
  parseParams: ({ project: id, tab }) => ({ project: id, tab: projectTab(tab) }),
  component: lazyRouteComponent(() => import('./places/projects/ProjectPage.tsx')),
});

const systemPage = lazyRouteComponent(() => import('./places/system/SystemPage.tsx'));
const system = createRoute({ getParentRoute: () => frame, path: '/system', component: systemPage });
const systemTab = createRoute({ getParentRoute: () => frame, path: '/system/$tab', component: systemPage });

const gallery = createRoute({
  getParentRoute: () => frame,
  path: '/gallery',
  component: lazyRouteComponent(() => import('./gallery/GalleryPage.tsx')),
});
const galleryPage = createRoute({
  getParentRoute: () => root,
  path: '/gallery/page/$page',
  component: lazyRouteComponent(() => import('./gallery/PagePreview.tsx')),
});

function projectTab(tab: string): ProjectTab {
  const known = PROJECT_TABS.find((name) => name === tab);
  if (!known) throw redirect({ to: '/projects' });
  return known;
}

const tree = root.addChildren([
  frame.addChildren([
    home,
    inbox,
    inboxItem,
    organisation,
    organisationTab,
    member,
    projects,
    project,
    system,
    systemTab,
    gallery,
  ]),
  galleryPage,
]);

export function createAppRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree: tree, history, defaultPendingMs: 200 });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
