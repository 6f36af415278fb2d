import './gallery.css';
import type { ReactNode } from 'react';
import { afterEach, describe, test } from 'vitest';
import { expectNoAxeFindings } from '#ui/testing/axe.ts';
import { draw } from '#ui/testing/draw.tsx';
import { CLOCK } from './fixtures/clock.ts';
import { Controls, KeysSpec } from './sections/Controls.tsx';
import { Decisions } from './sections/Decisions.tsx';
import { FloatingAndStates } from './sections/FloatingAndStates.tsx';
import { Foundations } from './sections/Foundations.tsx';
import { Graphs } from './sections/Graphs.tsx';
import { Lists } from './sections/Lists.tsx';
import { Work } from './sections/Work.tsx';

const SECTIONS: Record<string, () => ReactNode> = {
  Foundations,
  Controls,
  Lists,
  Decisions,
  Work,
  Graphs,
  FloatingAndStates,
  KeysSpec,
};

afterEach(() => {
  delete document.documentElement.dataset.theme;
});

describe.for(['light', 'dark', 'contrast'])('gallery, %s', (theme) => {
  test.for(Object.keys(SECTIONS))('%s has no finding', async (name) => {
    document.documentElement.dataset.theme = theme;
    const Section = SECTIONS[name];
    if (!Section) return;
    const { container } = await draw(<Section />, CLOCK);
    await expectNoAxeFindings(container, `${name} must be usable by everybody in ${theme}`);
  });
});
