import { useState } from 'react';
import { clampWidth, type SplitBounds } from './splitWidth.ts';

const KEY = 'cadre.split.';

/** A width this device keeps for one pane. */
export function useSplitWidth(pane: string, bounds: SplitBounds) {
  const [width, set] = useState(() => readWidth(localStorage.getItem(KEY + pane), bounds));
  return {
    width,
    setWidth: (next: number) => {
      set(next);
      localStorage.setItem(KEY + pane, String(next));
    },
  };
}

export function readWidth(stored: string | null, bounds: SplitBounds): number {
  const width = stored === null ? Number.NaN : Number(stored);
  return Number.isFinite(width) ? clampWidth(width, bounds) : bounds.initial;
}
