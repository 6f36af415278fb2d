// Where a plan's steps work, in words. Pure.
import type { PlaceDto } from '#ui/ipc/bindings.ts';
import { visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

const CHOICES = ['fresh', 'worktree', 'in_place'] as const;
export type WorkplaceChoice = (typeof CHOICES)[number];

export interface WorkplaceModel {
  /** Its lines, the most important first. */
  lines: readonly string[];
  /** What is not committed; a worktree begins without it. */
  uncommitted?: { words: string; files: readonly string[]; more: number };
  /** What may be chosen instead. */
  choices: readonly WorkplaceChoice[];
}

function linesOf(place: PlaceDto): string[] {
  const lines =
    place.mode === 'worktree' && place.branch !== null
      ? [
          t('workplace.worktree', { branch: visible(place.branch), base: (place.base ?? '').slice(0, 12) }),
          t('workplace.untouched', { folder: visible(place.repository ?? '') }),
        ]
      : [t(place.mode === 'in_place' ? 'workplace.inPlace' : 'workplace.fresh', { folder: visible(place.folder) })];
  if (place.parallel.length > 0) lines.push(t('workplace.parallel', { steps: place.parallel.join(', ') }));
  if (place.under_way !== null) lines.push(t('workplace.underWay', { what: place.under_way }));
  return lines;
}

export function workplaceOf(place: PlaceDto): WorkplaceModel {
  const { uncommitted, uncommitted_files: files } = place;
  const words = place.mode === 'worktree' ? 'workplace.uncommitted' : 'workplace.uncommittedInPlace';
  return {
    lines: linesOf(place),
    ...(uncommitted > 0 && {
      uncommitted: {
        words: t(words, { count: uncommitted }),
        files: files.map(visible),
        more: uncommitted - files.length,
      },
    }),
    choices: CHOICES.filter((mode) => place.choices.includes(mode)),
  };
}
