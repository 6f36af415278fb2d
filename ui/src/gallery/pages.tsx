import type { ReactNode } from 'react';
import type { Place } from '#ui/paths.ts';

export interface PageSample {
  place: Place | null;
  draw: () => ReactNode;
}

/** The pages with invented data, as far as they are built. */
export const PAGES: Record<string, PageSample> = {};
