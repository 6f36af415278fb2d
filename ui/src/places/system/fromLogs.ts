import type { Status } from '#ui/components/status/statuses.ts';
import type { LogLineDto } from '#ui/ipc/bindings.ts';
import { fromHost } from '#ui/words/format.ts';

export const LOG_LEVELS = ['error', 'warn', 'info'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Only what is wrong has a colour. */
export function statusOf(level: string): Status {
  if (level === 'error') return 'fail';
  if (level === 'warn') return 'wait';
  return level === 'unknown' ? 'unknown' : 'queued';
}

/** For a report to somebody else: oldest first, as a file has them. */
export function linesAsText(lines: readonly LogLineDto[]): string {
  return lines.toReversed().map(lineAsText).join('\n');
}

function lineAsText({ at, level, target, message, details }: LogLineDto): string {
  const time = at === null ? '' : new Date(fromHost(at)).toISOString();
  return [time, level, target, message, details].filter((part) => part !== '').join(' ');
}
