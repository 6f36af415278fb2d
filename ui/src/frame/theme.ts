import { useSyncExternalStore } from 'react';
import { Observable } from '#ui/ipc/observable.ts';

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['compact', 'regular', 'roomy'] as const;
export type Density = (typeof DENSITIES)[number];

export interface Appearance {
  theme: Theme;
  density: Density;
}

// public/theme.js reads the same entry before the first paint.
const KEY = 'cadre.appearance';

export function readAppearance(stored: string | null): Appearance {
  const appearance: Appearance = { theme: 'system', density: 'regular' };
  try {
    const parsed: unknown = JSON.parse(stored ?? '{}');
    if (typeof parsed !== 'object' || parsed === null) return appearance;
    const { theme, density } = parsed as Partial<Appearance>;
    if (theme && THEMES.includes(theme)) appearance.theme = theme;
    if (density && DENSITIES.includes(density)) appearance.density = density;
  } catch {
    // A damaged setting is the system's choice.
  }
  return appearance;
}

const current = new Observable<Appearance>(readAppearance(safeStorage()?.getItem(KEY) ?? null));

function safeStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}

export function setAppearance(change: Partial<Appearance>) {
  const next = { ...current.get(), ...change };
  safeStorage()?.setItem(KEY, JSON.stringify(next));
  const { dataset } = document.documentElement;
  if (next.theme === 'system') delete dataset.theme;
  else dataset.theme = next.theme;
  if (next.density === 'regular') delete dataset.density;
  else dataset.density = next.density;
  current.set(next);
}

/** The one after it; from the system's choice to the first that can be chosen. */
export function themeAfter(theme: Theme): Theme {
  return THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system';
}

export function nextTheme(): Theme {
  const theme = themeAfter(current.get().theme);
  setAppearance({ theme });
  return theme;
}

export function useAppearance(): Appearance {
  return useSyncExternalStore(current.subscribe, current.get);
}
