import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backoff } from './backoff.ts';
import { type Socket, SocketFeed } from './socketFeed.ts';
import type { Connection, HostEvent } from './transport.ts';

class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  closed = false;
  close() {
    this.closed = true;
  }
  open() {
    this.onopen?.(new Event('open'));
  }
  send(event: unknown) {
    this.onmessage?.({ data: typeof event === 'string' ? event : JSON.stringify(event) } as MessageEvent);
  }
  drop() {
    this.onclose?.({} as CloseEvent);
  }
}

function start(from = 0) {
  const sockets: FakeSocket[] = [];
  const asked: number[] = [];
  const events: HostEvent[] = [];
  const states: Connection[] = [];
  const feed = new SocketFeed({
    from,
    open: (seq) => {
      asked.push(seq);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    onEvent: (event) => events.push(event),
    onConnection: (state) => states.push(state),
    now: () => 1000,
  });
  feed.start();
  const last = () => {
    const socket = sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { feed, asked, events, states, last };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the waits double from one second to thirty and start again after success', () => {
  const backoff = new Backoff();
  expect(Array.from({ length: 7 }, () => backoff.take())).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  backoff.reset();
  expect(backoff.take()).toBe(1000);
});

test('after a loss it resumes from the last event that arrived', () => {
  const { asked, events, last } = start(40);
  last().open();
  last().send({ seq: 41, kind: 'run.started' });
  last().send({ seq: 42, kind: 'run.progress' });
  last().drop();
  vi.advanceTimersByTime(1000);
  last().send({ seq: 42, kind: 'run.progress' });
  last().send({ seq: 43, kind: 'run.done' });
  expect(asked).toEqual([40, 42]);
  expect(
    events.map((event) => event.seq),
    'an event sent again must not be told again',
  ).toEqual([41, 42, 43]);
});

test('it says when it was lost, not when it last tried', () => {
  const { states, last } = start();
  last().drop();
  vi.advanceTimersByTime(1000);
  last().drop();
  expect(states).toEqual([
    { state: 'lost', since: 1000, retryAt: 2000 },
    { state: 'lost', since: 1000, retryAt: 3000 },
  ]);
});

test('an open that closes at once keeps the waits growing', () => {
  const { asked, last } = start();
  last().open();
  last().drop();
  vi.advanceTimersByTime(1000);
  last().open();
  last().drop();
  vi.advanceTimersByTime(1000);
  expect(asked, 'the second wait is two seconds').toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(asked).toHaveLength(3);
});

test('asking for it connects at once', () => {
  const { feed, asked, last } = start();
  last().drop();
  feed.retryNow();
  expect(asked).toHaveLength(2);
});

test('what is not an event is left out, and a stopped feed stays silent', () => {
  const { feed, asked, events, last } = start();
  last().send('{');
  last().send({ seq: 'one', kind: 'x' });
  last().send({ seq: 1 });
  feed.stop();
  vi.advanceTimersByTime(60_000);
  expect([events, asked.length]).toEqual([[], 1]);
});
