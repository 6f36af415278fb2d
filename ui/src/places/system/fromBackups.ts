import type { Status } from '#ui/components/status/statuses.ts';
import type { BackupDto } from '#ui/ipc/bindings.ts';
import { t } from '#ui/words/words.ts';

/** The last part of a path, of either system. */
export function nameOf(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== '') ?? path;
}

/** How far a backup can be relied on. */
export function standingOf(backup: Pick<BackupDto, 'kind' | 'problems'>): { status: Status; words: string } {
  if (backup.kind === 'replaced') return { status: 'queued', words: t('backups.replaced') };
  if (backup.kind !== 'backup') return { status: 'unknown', words: backup.kind };
  const found = backup.problems.length;
  if (found > 0) return { status: 'wait', words: t('backups.problems', { count: found }) };
  return { status: 'done', words: t('backups.checked') };
}
