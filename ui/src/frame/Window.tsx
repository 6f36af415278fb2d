import type { ReactNode } from 'react';
import { NoNetworkBanner } from '#ui/components/offline/Offline.tsx';
import type { Place } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import type { FrameModel } from './model.ts';
import { Sidebar } from './Sidebar.tsx';
import { StatusLine } from './StatusLine.tsx';

/** Sidebar, page, status line: the window as a picture of its model, without anything that reaches out. */
export function Window({
  frame,
  place,
  onFind,
  banner,
  children,
}: {
  frame: FrameModel;
  place: Place | null;
  onFind: () => void;
  banner?: ReactNode;
  children: ReactNode;
}) {
  return (
    <>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('frame.skip')}
      </button>
      <div className="app">
        <Sidebar frame={frame} place={place} onFind={onFind} />
        <main className="main" id="main" tabIndex={-1}>
          {banner ?? (frame.offline && <NoNetworkBanner waiting={frame.offline.waiting} flush />)}
          {children}
        </main>
        <StatusLine frame={frame} />
      </div>
    </>
  );
}
