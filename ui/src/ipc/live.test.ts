import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { keepLive, renewAfterLoss } from './live.ts';

let frames: (() => void)[] = [];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (act: () => void) => frames.push(act));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A client that has asked these once; answers which of them no longer hold. */
function asked(...names: string[]) {
  const queries = new QueryClient();
  for (const name of names) queries.setQueryData([name, {}], []);
  const stale = () =>
    queries
      .getQueryCache()
      .getAll()
      .filter((query) => query.state.isInvalidated)
      .map((query) => query.queryKey[0]);
  return { queries, stale };
}

test('an event drops at once what provides its tags, those after it in the same frame in one pass', async () => {
  const { queries, stale } = asked('project.list', 'inbox.list', 'member.list');
  const transport = new FakeTransport();
  keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'step.done', tags: ['projects'] });
  transport.tell({ seq: 2, kind: 'step.done', tags: ['projects', 'inbox'] });
  transport.tell({ seq: 3, kind: 'token.text', tags: [] });
  expect(frames, 'many events are one pass').toHaveLength(1);
  expect(stale(), 'the first does not wait').toEqual(['project.list']);
  frames[0]?.();
  await vi.waitFor(() => expect(stale()).toEqual(['project.list', 'inbox.list']));
});

test('an event without a tag costs nothing, the next frame starts empty, and a stopped feed is silent', async () => {
  const { queries, stale } = asked('member.list');
  const transport = new FakeTransport();
  const stop = keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'token.text' });
  expect(frames).toHaveLength(0);
  transport.tell({ seq: 2, kind: 'plan.made', tags: ['projects'] });
  frames[0]?.();
  transport.tell({ seq: 3, kind: 'member.joined', tags: ['members'] });
  frames[1]?.();
  await vi.waitFor(() => expect(stale()).toEqual(['member.list']));
  stop();
  transport.tell({ seq: 4, kind: 'member.joined', tags: ['members'] });
  expect(frames, 'nobody listens any more').toHaveLength(2);
});

test('a steady stream of events neither holds an answer up nor leaves an old one', async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const transport = new FakeTransport();
  let reads = 0;
  const answers: ((answer: number) => void)[] = [];
  const queryFn = () => {
    reads += 1;
    return new Promise<number>((answer) => answers.push(answer));
  };
  const screen = new QueryObserver(queries, { queryKey: ['project.list', {}], queryFn });
  const leave = screen.subscribe(() => {});
  keepLive(transport, queries);
  for (let seq = 1; seq <= 3; seq += 1) {
    transport.tell({ seq, kind: 'step.done', tags: ['projects'] });
    frames[seq - 1]?.();
  }
  expect(reads, 'what is under way is not thrown away').toBe(1);
  answers[0]?.(1);
  await vi.waitFor(() => expect(reads, 'it may be older than the events').toBe(2));
  expect(screen.getCurrentResult().data).toBe(1);
  answers[1]?.(2);
  await vi.waitFor(() => expect(screen.getCurrentResult()).toMatchObject({ data: 2, isStale: false }));
  expect(reads, 'one pass for all three').toBe(2);
  leave();
});

test('what the lost host never answered is asked again', async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  const transport = new FakeTransport();
  renewAfterLoss(transport, queries);
  const read = vi.fn(() => (read.mock.calls.length === 1 ? new Promise(() => {}) : Promise.resolve([7])));
  const screen = new QueryObserver(queries, { queryKey: ['project.list', {}], queryFn: read });
  const leave = screen.subscribe(() => {});
  transport.state.set({ state: 'lost', since: 0, retryAt: 0 });
  transport.state.set({ state: 'live' });
  await vi.waitFor(() => expect(screen.getCurrentResult().data).toEqual([7]));
  leave();
});

test('what could not be read is asked again once the host is back, and only then', async () => {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  const transport = new FakeTransport();
  renewAfterLoss(transport, queries);
  let fails = true;
  const read = vi.fn(async () => {
    if (fails) throw new Error('cannot be read');
    return [];
  });
  const held = vi.fn(async () => []);
  await queries.prefetchQuery({ queryKey: ['inbox.list', {}], queryFn: read });
  await queries.prefetchQuery({ queryKey: ['member.list', {}], queryFn: held });
  transport.state.set({ state: 'live' });
  expect(read, 'nothing was lost').toHaveBeenCalledTimes(1);
  transport.state.set({ state: 'lost', since: 0, retryAt: 0 });
  fails = false;
  transport.state.set({ state: 'live' });
  await vi.waitFor(() => expect(queries.getQueryData(['inbox.list', {}])).toEqual([]));
  expect([read.mock.calls.length, held.mock.calls.length]).toEqual([2, 1]);
});
