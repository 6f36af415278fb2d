import type { QueryClient } from '@tanstack/react-query';
import type { HostEvent, Transport, Unsubscribe } from './transport.ts';

/** Query keys start with the cache tag that the operation declares: `['projects', …]`. */
export function tagsOf(events: readonly HostEvent[]): Set<string> {
  return new Set(events.flatMap((event) => event.invalidates ?? []));
}

/** Drops the caches that events name. Many events in one frame are one pass, so that a busy run does not redraw per token. */
export function keepLive(
  transport: Transport,
  queries: QueryClient,
  from = 0,
  onEvent?: (event: HostEvent) => void,
): Unsubscribe {
  let waiting: HostEvent[] = [];
  const flush = () => {
    const tags = tagsOf(waiting);
    waiting = [];
    for (const tag of tags) void queries.invalidateQueries({ queryKey: [tag] });
  };
  return transport.subscribe(from, (event) => {
    onEvent?.(event);
    if (waiting.length === 0) requestAnimationFrame(flush);
    waiting.push(event);
  });
}
