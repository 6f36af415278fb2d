import '#ui/styles/index.css';
import type { ReactNode } from 'react';
import { render } from 'vitest-browser-react';
import { IconSprite } from '#ui/components/icon/Icon.tsx';
import { StatusSprite } from '#ui/components/status/StatusIcon.tsx';
import { KeysProvider } from '#ui/frame/keys.tsx';
import { ClockProvider } from '#ui/words/clock.tsx';
import type { Clock } from '#ui/words/format.ts';

/** Draws with everything that main.tsx puts around the application, at a fixed moment, without motion. */
export function draw(children: ReactNode, clock: Clock = { now: 0, zone: 'UTC' }) {
  if (!document.getElementById('still')) {
    const still = document.createElement('style');
    still.id = 'still';
    still.textContent = '*, *::before, *::after { animation: none !important; transition: none !important; }';
    document.head.append(still);
  }
  return render(
    <>
      <IconSprite />
      <StatusSprite />
      <ClockProvider fixed={clock}>
        <KeysProvider>{children}</KeysProvider>
      </ClockProvider>
    </>,
  );
}
