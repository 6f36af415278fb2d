import type { Query, QueryClient } from '@tanstack/react-query';
import type { Operations } from './bindings.ts';
import { createClient } from './client.ts';
import { dropTags } from './operations.ts';
import type { HostEvent, Transport, Unsubscribe } from './transport.ts';

/** Drops the caches that events name: at once when it was quiet, and else once in a frame, so that a busy run does not
 *  redraw per token. */
export function keepLive(
  transport: Transport,
  queries: QueryClient,
  from = 0,
  onEvent?: (event: HostEvent) => void,
): Unsubscribe {
  let waiting = new Set<string>();
  let busy = false;
  const flush = () => {
    busy = waiting.size > 0;
    if (!busy) return;
    const tags = waiting;
    waiting = new Set();
    requestAnimationFrame(flush);
    void dropTags(queries, tags);
  };
  return transport.subscribe(from, (event) => {
    onEvent?.(event);
    for (const tag of event.tags ?? []) waiting.add(tag);
    if (!busy) flush();
  });
}

/** After a loss: what could not be read meanwhile, or was never answered, is asked again. What was read is told stale by the events themselves. */
export function renewAfterLoss(transport: Transport, queries: QueryClient): Unsubscribe {
  let lost = false;
  return transport.connection.subscribe(() => {
    const { state } = transport.connection.get();
    if (state === 'lost') lost = true;
    if (state !== 'live' || !lost) return;
    lost = false;
    // What was asked over the connection that is gone may never be answered.
    const hanging = queries.getQueryCache().findAll({ fetchStatus: 'fetching' });
    const unread = (query: Query) => query.state.status === 'error' || hanging.includes(query);
    void queries
      .cancelQueries({ fetchStatus: 'fetching' })
      .then(() => queries.refetchQueries({ predicate: unread }, { throwOnError: false }));
  });
}

/** Listens from the present on. Whatever is asked afterwards is newer than that, so the past need not be told again. */
export async function startLive(transport: Transport, queries: QueryClient): Promise<void> {
  const client = createClient<Operations>(transport);
  const from = await client.call('system.status', {}).then(
    ({ entries }) => entries,
    () => 0,
  );
  // Without a session there is nothing to listen to; the window says how to get one.
  if (transport.connection.get().state !== 'signedOut') {
    renewAfterLoss(transport, queries);
    keepLive(transport, queries, from);
  }
}
