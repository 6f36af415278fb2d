import './gallery.css';
import { useParams } from '@tanstack/react-router';
import { Toasts } from '#ui/components/toast/Toasts.tsx';
import { NotFound } from '#ui/frame/NotFound.tsx';
import { Window } from '#ui/frame/Window.tsx';
import { ClockProvider } from '#ui/words/clock.tsx';
import { CLOCK } from './fixtures/clock.ts';
import { FRAME } from './fixtures/frame.ts';
import { PAGES } from './pages.tsx';

/** One page in its window, filled with invented data. */
export default function PagePreview() {
  const { page } = useParams({ from: '/gallery/page/$page' });
  const sample = PAGES[page];
  if (!sample) return <NotFound />;
  return (
    <ClockProvider fixed={CLOCK}>
      {sample.place === null ? (
        sample.draw()
      ) : (
        <Window frame={FRAME} place={sample.place} onFind={() => {}}>
          {sample.draw()}
        </Window>
      )}
      <Toasts />
    </ClockProvider>
  );
}
