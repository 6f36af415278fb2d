import type { Instant } from '#ui/words/format.ts';

export interface Span {
  from: Instant;
  to: Instant;
}

/** Where a moment lies in a span, in percent. What lies outside stands at the edge. */
export function placeOf(at: Instant, span: Span): number {
  if (span.to <= span.from) return 0;
  return Math.min(100, Math.max(0, ((at - span.from) / (span.to - span.from)) * 100));
}

const MINUTE = 60_000;
const STEPS = [5, 15, 30, 60, 120, 240, 480, 1440].map((minutes) => minutes * MINUTE);

/** Round times inside the span, at most `most` of them. */
export function ticksOf(span: Span, most = 8): Instant[] {
  const step = STEPS.find((candidate) => (span.to - span.from) / candidate <= most) ?? STEPS.at(-1) ?? 1440 * MINUTE;
  const out: Instant[] = [];
  for (let at = Math.ceil(span.from / step) * step; at < span.to; at += step) out.push(at);
  return out;
}
