import './gallery.css';
import { Button } from '#ui/components/button/Button.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { DENSITIES, nextTheme, setAppearance, useAppearance } from '#ui/frame/theme.ts';
import { paths } from '#ui/paths.ts';
import { ClockProvider } from '#ui/words/clock.tsx';
import words from './en.json';
import { CLOCK } from './fixtures/clock.ts';
import { PAGES } from './pages.tsx';
import { Spec } from './Spec.tsx';
import { Controls, KeysSpec } from './sections/Controls.tsx';
import { Decisions } from './sections/Decisions.tsx';
import { FloatingAndStates } from './sections/FloatingAndStates.tsx';
import { Foundations } from './sections/Foundations.tsx';
import { Graphs } from './sections/Graphs.tsx';
import { Lists } from './sections/Lists.tsx';
import { Work } from './sections/Work.tsx';

/** Every component in every state, with invented data that is used nowhere else. */
export default function GalleryPage() {
  const { density } = useAppearance();
  return (
    <ClockProvider fixed={CLOCK}>
      <Bar title={words.title} meta={<span className="wide">{words.meta}</span>}>
        <Segment
          label={words.density}
          choices={DENSITIES.map((id) => ({ id, name: id }))}
          chosen={density}
          onChoose={(next) => setAppearance({ density: next })}
        />
        <Button small icon="theme" onClick={nextTheme}>
          {words.nextTheme}
        </Button>
      </Bar>
      <div className="body">
        <div className="pane grow">
          <div className="pad gallery">
            <Spec id="pages">
              <div className="row row-wrap row-12">
                {Object.keys(PAGES).map((page) => (
                  <a key={page} href={paths.galleryPage(page)}>
                    {page}
                  </a>
                ))}
              </div>
            </Spec>
            <Foundations />
            <Controls />
            <Lists />
            <Decisions />
            <Work />
            <Graphs />
            <FloatingAndStates />
            <KeysSpec />
          </div>
        </div>
      </div>
    </ClockProvider>
  );
}
