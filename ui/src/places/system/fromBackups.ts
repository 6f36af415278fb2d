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

/** What is to be said of a backup that could be compared with no record; nothing where one spoke for it. */
export function unprovenOf(compared: string): string | null {
  switch (compared) {
    case 'made_here':
    case 'part':
      return null;
    case 'kept_head':
      return t('backups.keptHead');
    case 'other_head':
      return t('backups.otherHead');
    default:
      return t('backups.notCompared');
  }
}
