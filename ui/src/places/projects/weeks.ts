import type { Instant } from '#ui/words/format.ts';

const DAY = 86_400_000;

/** The Monday on or before a moment, at midnight UTC. */
export function mondayOf(at: Instant): Instant {
  const day = Math.floor(at / DAY);
  // 1 January 1970 was a Thursday.
  return (day - ((day + 3) % 7)) * DAY;
}

export interface WeekScale {
  from: Instant;
  to: Instant;
  days: readonly Instant[];
  weeks: readonly { from: Instant; number: number }[];
}

/** Four whole weeks from the one a moment lies in. */
export function weekScale(now: Instant, count = 4): WeekScale {
  const from = mondayOf(now);
  const days = Array.from({ length: count * 7 }, (_, index) => from + index * DAY);
  const weeks = Array.from({ length: count }, (_, index) => ({
    from: from + index * 7 * DAY,
    number: isoWeek(from + index * 7 * DAY),
  }));
  return { from, to: from + count * 7 * DAY, days, weeks };
}

/** ISO 8601: week 1 is the one with the year's first Thursday. */
export function isoWeek(at: Instant): number {
  const thursday = new Date(mondayOf(at) + 3 * DAY);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 4);
  return 1 + Math.round((mondayOf(at) - mondayOf(first)) / (7 * DAY));
}
