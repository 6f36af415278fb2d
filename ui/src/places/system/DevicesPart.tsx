import { toasts } from '#ui/components/toast/toasts.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';
import { Devices } from './Devices.tsx';

export function DevicesPart() {
  // Who comes and goes is not in the record, so it is asked whenever somebody looks.
  const device = useOperation('system.device', {}, { fresh: true });
  const signOut = useCommand('system.sign_out');
  return (
    <Answered query={device}>
      {(data) => (
        <Devices
          device={data}
          refused={<Refused errors={[signOut.error]} />}
          acts={{
            lookAgain: () => void device.refetch(),
            signOut: (connection) =>
              signOut.mutate(
                { connection },
                {
                  onSuccess: ({ sessions }) =>
                    toasts.show({ status: 'done', text: t('devices.signedOut', { count: sessions }) }),
                },
              ),
            busy: signOut.isPending
              ? { signingOut: signOut.variables.connection }
              : device.isFetching
                ? 'looking'
                : null,
          }}
        />
      )}
    </Answered>
  );
}
