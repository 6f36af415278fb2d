import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { HostLostBanner } from '#ui/components/offline/Offline.tsx';
import { Toasts } from '#ui/components/toast/Toasts.tsx';
import { toasts } from '#ui/components/toast/toasts.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { useConnection, useTransport } from '#ui/ipc/TransportContext.tsx';
import { PLACES, type Place } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import { Announcer } from './Announcer.tsx';
import type { ActionId } from './actions.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { useAction } from './keys.tsx';
import { nextTheme } from './theme.ts';
import { useFrameModel } from './useFrameModel.ts';
import { useReportError } from './useReportError.ts';
import { useStopEverything } from './useStopEverything.ts';
import { Window } from './Window.tsx';

const PaletteDialog = lazy(() => import('./PaletteDialog.tsx'));
const HelpSheet = lazy(() => import('./HelpSheet.tsx'));

const GO: Record<Place, { action: ActionId; to: string }> = {
  home: { action: 'goHome', to: '/' },
  inbox: { action: 'goInbox', to: '/inbox' },
  organisation: { action: 'goOrganisation', to: '/organisation' },
  projects: { action: 'goProjects', to: '/projects' },
  system: { action: 'goSystem', to: '/system' },
};

/** Which place a path belongs to. */
export function placeOfPath(path: string): Place | null {
  const first = path.split('/')[1] ?? '';
  if (first === '') return 'home';
  return PLACES.find((place) => place === first) ?? null;
}

/** The window around every place: what can be done from anywhere, and what stays when a page fails. */
export function Frame() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const frame = useFrameModel();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  useAction('find', () => setOpen('palette'));
  useAction('help', () => setOpen('help'));
  const { stop } = useStopEverything();
  const report = useReportError();
  useAction('pauseAll', stop);
  useAction('theme', () => toasts.show({ status: 'done', text: t(`theme.${nextTheme()}`) }));
  return (
    <>
      {PLACES.map((place) => (
        <GoKey key={place} {...GO[place]} />
      ))}
      <GoKey action="settings" to="/system/settings" />
      <GoKey action="newRequest" to="/" />
      <Window frame={frame} place={placeOfPath(path)} onFind={() => setOpen('palette')} banner={<ConnectionBanner />}>
        <ErrorBoundary key={path} onError={report}>
          <Reached>
            <Outlet />
          </Reached>
        </ErrorBoundary>
      </Window>
      <Toasts />
      <Announcer />
      <Suspense>
        {open === 'palette' && <PaletteDialog onClose={() => setOpen(null)} />}
        {open === 'help' && <HelpSheet onClose={() => setOpen(null)} />}
      </Suspense>
    </>
  );
}

function GoKey({ action, to }: { action: ActionId; to: string }) {
  const navigate = useNavigate();
  useAction(action, () => void navigate({ to }));
  return null;
}

function ConnectionBanner() {
  const connection = useConnection();
  const { connection: control } = useTransport();
  // Counts beside the places that are not true any more would be worse than none.
  const { error, dataUpdatedAt, errorUpdatedAt, refetch } = useOperation('system.status', {});
  if (connection.state !== 'lost') {
    return (
      error && <HostLostBanner since={dataUpdatedAt || errorUpdatedAt} error={error} onRetry={() => void refetch()} />
    );
  }
  return <HostLostBanner since={connection.since} error={connection.error} onRetry={() => control.retry()} />;
}

/** The page, or why there is none: a fresh start of it is how to try again. */
function Reached({ children }: { children: ReactNode }) {
  const connection = useConnection();
  const again = <Button onClick={() => location.reload()}>{t('act.tryAgain')}</Button>;
  switch (connection.state) {
    case 'signedOut':
      return (
        <div className="blank">
          <Empty icon="key" level={2} title={t('session.out')} action={again}>
            {t('session.how')}
          </Empty>
        </div>
      );
    case 'closed': {
      const { message, hint, code } = connection.error;
      return (
        <div className="blank" role="alert">
          <Empty icon="lock" level={2} title={t('closed.title')} action={again}>
            {message}
            <br />
            {hint}
            <br />
            <span className="meta mono">{code}</span>
          </Empty>
        </div>
      );
    }
    default:
      return children;
  }
}
