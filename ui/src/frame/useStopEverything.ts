import { toasts } from '#ui/components/toast/toasts.ts';
import { useCommand } from '#ui/ipc/operations.ts';
import { t } from '#ui/words/words.ts';

/** Stops everything that runs, from anywhere: nothing is lost, all of it can go on. */
export function useStopEverything() {
  const stop = useCommand('system.stop_everything');
  return {
    error: stop.error,
    stop: () => {
      if (stop.isPending) return;
      stop.mutate(
        {},
        {
          onSuccess: ({ projects }) =>
            toasts.show({ status: 'paused', text: t('system.stopped', { count: projects }) }),
          onError: (error) => toasts.show({ status: 'fail', text: error.message }),
        },
      );
    },
  };
}
