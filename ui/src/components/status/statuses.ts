/** Every status a thing can show. Look §4: shape first, word second, colour last. */
export const STATUSES = [
  'queued',
  'run',
  'wait',
  'ask',
  'done',
  'fail',
  'unknown',
  'build',
  'paused',
  'skipped',
  'offline',
] as const;
export type Status = (typeof STATUSES)[number];

/** The hue a status borrows for grounds and borders; the neutral ones have none. A question is amber like an approval. */
export type Hue = 'run' | 'done' | 'wait' | 'fail' | 'unknown' | 'build';

const HUES: Partial<Record<Status, Hue>> = {
  run: 'run',
  done: 'done',
  wait: 'wait',
  ask: 'wait',
  fail: 'fail',
  unknown: 'unknown',
  build: 'build',
};

export function hueOf(status: Status): Hue | undefined {
  return HUES[status];
}
