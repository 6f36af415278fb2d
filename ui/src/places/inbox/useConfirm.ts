import { useState } from 'react';
import { useAction } from '#ui/frame/keys.tsx';
import type { EffectClass } from './model.ts';

const RISKY: ReadonlySet<EffectClass> = new Set(['delete', 'push', 'post', 'spend']);

/** Deletes, pushes, posts and spends are asked twice: the first press opens the confirmation in the page, the second decides. */
export function isRisky(effects: readonly EffectClass[]): boolean {
  return effects.some((effect) => RISKY.has(effect));
}

/** `asked` says which act waits for its second press. Esc or another item takes it back. */
export function useConfirm(item: string) {
  const [asked, setAsked] = useState<{ item: string; act: string } | null>(null);
  const current = asked?.item === item ? asked.act : null;
  useAction('back', current ? () => setAsked(null) : null);
  return {
    asked: current,
    press(act: string, risky: boolean, go: () => void) {
      if (!risky || current === act) {
        setAsked(null);
        go();
      } else {
        setAsked({ item, act });
      }
    },
    cancel: () => setAsked(null),
  };
}
