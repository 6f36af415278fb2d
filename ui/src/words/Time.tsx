import { useClock } from './clock.tsx';
import { clockTime, exactTime, type Instant, when } from './format.ts';

/** A moment in its short form; the exact one on hover. `as="clock"` keeps 14:21 where a column shows times of one day. */
export function Time({
  at,
  as = 'when',
  className = 'meta',
}: {
  at: Instant;
  as?: 'when' | 'clock';
  className?: string;
}) {
  const clock = useClock();
  return (
    <time className={className} dateTime={new Date(at).toISOString()} title={exactTime(clock, at)}>
      {as === 'clock' ? clockTime(clock, at) : when(clock, at)}
    </time>
  );
}
