import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Backoff } from './backoff.ts';
import { CallError } from './errors.ts';
import { Feed, type Listener } from './feed.ts';
import type { Connection, HostEvent } from './transport.ts';

function start(from = 0) {
  const attempts: { listener: Listener; ended: boolean }[] = [];
  const asked: number[] = [];
  const events: HostEvent[] = [];
  const states: Connection[] = [];
  const feed = new Feed({
    from,
    open: (seq, listener) => {
      asked.push(seq);
      const attempt = { listener, ended: false };
      attempts.push(attempt);
      return () => {
        attempt.ended = true;
      };
    },
    onEvent: (event) => events.push(event),
    onConnection: (state) => states.push(state),
    now: () => 1000,
  });
  feed.start();
  const last = () => {
    const attempt = attempts.at(-1);
    if (!attempt) throw new Error('nobody was asked');
    return attempt.listener;
  };
  return { feed, asked, attempts, events, states, last };
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
  last().opened();
  last().told({ seq: 41, kind: 'run.started' });
  last().told({ seq: 42, kind: 'run.progress' });
  last().ended();
  vi.advanceTimersByTime(1000);
  last().told({ seq: 42, kind: 'run.progress' });
  last().told({ seq: 43, kind: 'run.done' });
  expect(asked).toEqual([40, 42]);
  expect(
    events.map((event) => event.seq),
    'an event sent again must not be told again',
  ).toEqual([41, 42, 43]);
});

test('it says when it was lost, not when it last tried', () => {
  const { states, last } = start();
  last().ended();
  vi.advanceTimersByTime(1000);
  last().ended();
  expect(states).toEqual([
    { state: 'lost', since: 1000, retryAt: 2000 },
    { state: 'lost', since: 1000, retryAt: 3000 },
  ]);
});

test('an open that closes at once keeps the waits growing', () => {
  const { asked, last } = start();
  last().opened();
  last().ended();
  vi.advanceTimersByTime(1000);
  last().opened();
  last().ended();
  vi.advanceTimersByTime(1000);
  expect(asked, 'the second wait is two seconds').toHaveLength(2);
  vi.advanceTimersByTime(1000);
  expect(asked).toHaveLength(3);
});

test('asking for it connects at once', () => {
  const { feed, asked, last } = start();
  last().ended();
  feed.retryNow();
  expect(asked).toHaveLength(2);
});

test('what is not an event is left out, and a stopped feed stays silent', () => {
  const { feed, asked, events, last } = start();
  last().told(null);
  last().told({ seq: 'one', kind: 'x' });
  last().told({ seq: 1 });
  feed.stop();
  vi.advanceTimersByTime(60_000);
  expect([events, asked.length]).toEqual([[], 1]);
});

test('an error of the host is shown, and listening goes on from the same event once it can', () => {
  const { asked, states, events, last } = start(40);
  last().opened();
  last().told({ seq: 41, kind: 'run.started' });
  const error = new CallError({ code: 'internal', message: 'the ledger cannot be read' });
  last().ended(error);
  expect(states.at(-1)).toEqual({ state: 'lost', since: 1000, retryAt: 2000, error });
  vi.advanceTimersByTime(1000);
  last().opened();
  last().told({ seq: 42, kind: 'run.done' });
  expect([asked, events.map((event) => event.seq), states.at(-1)]).toEqual([[40, 41], [41, 42], { state: 'live' }]);
});

test('a sign of hope connects at once, once, and leaves the waits as long as they are', () => {
  const { feed, asked, states, last } = start();
  feed.tryNow();
  expect(asked, 'what is not lost is not tried').toHaveLength(1);
  last().ended();
  feed.tryNow();
  feed.tryNow();
  expect(asked, 'one attempt at a time').toHaveLength(2);
  last().ended();
  expect(states.at(-1), 'two seconds now').toMatchObject({ retryAt: 3000 });
  vi.advanceTimersByTime(2000);
  expect(asked).toHaveLength(3);
});

test('an attempt that was given up is ended and says nothing more', () => {
  const { feed, asked, attempts, events, states } = start();
  const [first] = attempts;
  first?.listener.ended();
  expect(first?.ended, 'the host is told that nobody listens').toBe(true);
  first?.listener.opened();
  first?.listener.told({ seq: 1, kind: 'late' });
  first?.listener.ended();
  feed.stop();
  feed.tryNow();
  feed.retryNow();
  vi.advanceTimersByTime(60_000);
  expect([asked.length, events, states.length]).toEqual([1, [], 1]);
});
