import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import type { StatusDto } from '#ui/ipc/bindings.ts';
import { TransportProvider } from '#ui/ipc/TransportContext.tsx';
import { createAppRouter } from '#ui/routes.tsx';
import { draw } from './draw.tsx';
import { FakeTransport } from './fakeTransport.ts';

export const STATUS: StatusDto = {
  version: '0.0.0',
  workspace: 'Northwind',
  workspace_id: 'w',
  entries: 7,
  containment: 'contained',
  running: 1,
  waiting: 0,
};

/** Opens a page of a host that answers what is given, and everything else with nothing. */
export async function openPage(path: string, answers: Record<string, (input: unknown) => unknown>) {
  const transport = new FakeTransport({
    'system.status': () => STATUS,
    'request.list': () => [],
    'project.list': () => [],
    'inbox.list': () => [],
    'member.list': () => [],
    'effect.list': () => [],
    'folder.recent': () => [],
    'budget.list': () => [],
    ...answers,
  });
  const router = createAppRouter(createMemoryHistory({ initialEntries: [path] }));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  await draw(
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </TransportProvider>,
  );
  return transport;
}
