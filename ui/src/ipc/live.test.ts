import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FakeTransport } from '#ui/testing/fakeTransport.ts';
import { keepLive } from './live.ts';

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

test('the events of one frame drop in one pass what provides their tags, and nothing else', () => {
  const { queries, stale } = asked('project.list', 'inbox.list', 'member.list');
  const transport = new FakeTransport();
  keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'step.done', tags: ['projects'] });
  transport.tell({ seq: 2, kind: 'step.done', tags: ['projects', 'inbox'] });
  transport.tell({ seq: 3, kind: 'token.text', tags: [] });
  expect(frames, 'many events are one pass').toHaveLength(1);
  frames[0]?.();
  expect(stale()).toEqual(['project.list', 'inbox.list']);
});

test('an event without a tag costs nothing, the next frame starts empty, and a stopped feed is silent', () => {
  const { queries, stale } = asked('member.list');
  const transport = new FakeTransport();
  const stop = keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'token.text' });
  expect(frames).toHaveLength(0);
  transport.tell({ seq: 2, kind: 'plan.made', tags: ['projects'] });
  frames[0]?.();
  transport.tell({ seq: 3, kind: 'member.joined', tags: ['members'] });
  frames[1]?.();
  expect(stale()).toEqual(['member.list']);
  stop();
  transport.tell({ seq: 4, kind: 'member.joined', tags: ['members'] });
  expect(frames, 'nobody listens any more').toHaveLength(2);
});
