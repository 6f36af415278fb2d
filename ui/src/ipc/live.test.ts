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

test('the events of one frame drop each named cache once', () => {
  const queries = new QueryClient();
  const dropped = vi.spyOn(queries, 'invalidateQueries');
  const transport = new FakeTransport();
  const stop = keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'step.done', invalidates: ['projects', 'runs'] });
  transport.tell({ seq: 2, kind: 'run.progress', invalidates: ['runs'] });
  transport.tell({ seq: 3, kind: 'token.text' });
  expect(frames, 'many events are one pass').toHaveLength(1);
  frames[0]?.();
  expect(dropped.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([['projects'], ['runs']]);
  stop();
  transport.tell({ seq: 4, kind: 'step.done', invalidates: ['projects'] });
  expect(frames, 'nobody listens any more').toHaveLength(1);
});

test('the next frame starts empty', () => {
  const queries = new QueryClient();
  const dropped = vi.spyOn(queries, 'invalidateQueries');
  const transport = new FakeTransport();
  keepLive(transport, queries);
  transport.tell({ seq: 1, kind: 'a', invalidates: ['inbox'] });
  frames[0]?.();
  transport.tell({ seq: 2, kind: 'b', invalidates: ['org'] });
  frames[1]?.();
  expect(dropped.mock.calls.map(([filter]) => filter?.queryKey)).toEqual([['inbox'], ['org']]);
});
