import './styles/index.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { IconSprite } from './components/icon/Icon.tsx';
import { StatusSprite } from './components/status/StatusIcon.tsx';
import { KeysProvider } from './frame/keys.tsx';
import { connect } from './ipc/connect.ts';
import { startLive } from './ipc/live.ts';
import { TransportProvider } from './ipc/TransportContext.tsx';
import { createAppRouter } from './routes.tsx';
import { ClockProvider } from './words/clock.tsx';

// The host says when a cache no longer holds, so nothing grows stale by itself and nothing is asked twice.
// `always`: no internet does not mean no host.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: Infinity, networkMode: 'always', refetchOnWindowFocus: false },
    mutations: { networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const transport = await connect();
const router = createAppRouter();
// The code of the first page comes while the host is asked. What it asks itself must be newer than what is listened to.
void router.load();
await startLive(transport, queries);

createRoot(root).render(
  <StrictMode>
    <IconSprite />
    <StatusSprite />
    <TransportProvider transport={transport}>
      <QueryClientProvider client={queries}>
        <ClockProvider>
          <KeysProvider>
            <RouterProvider router={router} />
          </KeysProvider>
        </ClockProvider>
      </QueryClientProvider>
    </TransportProvider>
  </StrictMode>,
);
