import type { ReactNode } from 'react';
import { CallErrorPanel } from '#ui/components/error-panel/CallErrorPanel.tsx';
import { Skeleton } from '#ui/components/skeleton/Skeleton.tsx';
import type { CallError } from '#ui/ipc/errors.ts';

interface Asked<Data> {
  data: Data | undefined;
  error: CallError | null;
  refetch: () => unknown;
}

/** What a query answered; until then its skeleton, or why there is none. What was answered once stays in view. */
export function Answered<Data>({ query, children }: { query: Asked<Data>; children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && (
          <div className="pad-s">
            <CallErrorPanel error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )}
        {children(query.data)}
      </>
    );
  }
  return (
    <div className="pad">
      {query.error ? <CallErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Skeleton />}
    </div>
  );
}

/** What a page reads beside its main matter, where it could not be read: an empty place would say that there is nothing. */
export function Unread({ queries }: { queries: readonly Asked<unknown>[] }) {
  const failed = queries.filter((query) => query.error !== null);
  const first = failed[0]?.error;
  if (!first) return null;
  const again = () => {
    for (const query of failed) void query.refetch();
  };
  return (
    <div className="pad-s">
      <CallErrorPanel error={first} onRetry={again} />
    </div>
  );
}

/** Why a command was refused, where it was given. Nothing, as long as none was. */
export function Refused({ errors }: { errors: readonly (CallError | null)[] }) {
  const error = errors.find((one) => one !== null);
  return error ? <CallErrorPanel error={error} /> : null;
}
