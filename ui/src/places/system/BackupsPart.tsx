import { toasts } from '#ui/components/toast/toasts.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { type BackupActs, Backups } from './Backups.tsx';

export function BackupsPart() {
  const backups = useOperation('system.backups', {}, { fresh: true });
  const backUp = useCommand('system.back_up');
  const restore = useCommand('system.restore');
  const takeBack = useCommand('system.take_back_restore');
  const acts: BackupActs = {
    backUp: (to) =>
      backUp.mutate(
        { to },
        {
          onSuccess: ({ path, entries }) =>
            toasts.show({ status: 'done', text: t('backups.done', { path, entries: count(entries ?? 0) }) }),
        },
      ),
    restore: (backup) => restore.mutate({ backup }),
    takeBack: () => takeBack.mutate({}),
    busy: backUp.isPending
      ? 'backUp'
      : takeBack.isPending
        ? 'takeBack'
        : restore.isPending
          ? { restoring: restore.variables.backup }
          : null,
  };
  return (
    <Answered query={backups}>
      {(model) => (
        <Backups
          model={model}
          acts={acts}
          refused={<Refused errors={[backUp.error, restore.error, takeBack.error]} />}
        />
      )}
    </Answered>
  );
}
