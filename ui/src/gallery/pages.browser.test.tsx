import './gallery.css';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { Window } from '#ui/frame/Window.tsx';
import { expectNoAxeFindings } from '#ui/testing/axe.ts';
import { draw } from '#ui/testing/draw.tsx';
import { CLOCK } from './fixtures/clock.ts';
import { FRAME } from './fixtures/frame.ts';
import { PAGES } from './pages.tsx';

const NAMES = Object.keys(PAGES);

function drawPage(name: string) {
  const sample = PAGES[name];
  if (!sample) throw new Error(`no page is called ${name}`);
  return draw(
    sample.place === null ? (
      sample.draw()
    ) : (
      <Window frame={FRAME} place={sample.place} onFind={() => {}}>
        {sample.draw()}
      </Window>
    ),
    CLOCK,
  );
}

beforeEach(async () => {
  await page.viewport(1440, 900);
});
afterEach(() => {
  delete document.documentElement.dataset.theme;
});

describe.for(['light', 'dark', 'contrast'])('pages, %s', (theme) => {
  test.for(NAMES)('%s has no finding', async (name) => {
    document.documentElement.dataset.theme = theme;
    const { container } = await drawPage(name);
    await expectNoAxeFindings(container, `${name} must be usable by everybody in ${theme}`);
  });
});

describe.for([1100, 760, 390, 320])('pages at %d px', (width) => {
  test.for(NAMES)('%s never scrolls sideways', async (name) => {
    await page.viewport(width, 800);
    const { container } = await drawPage(name);
    expect(document.documentElement.scrollWidth, `${name} must fit ${width} px`).toBeLessThanOrEqual(width);
    const main = container.querySelector('main');
    expect(main?.scrollWidth ?? 0, `${name}: what is wide scrolls inside its own box`).toBeLessThanOrEqual(
      (main?.clientWidth ?? 0) + 1,
    );
  });
});
