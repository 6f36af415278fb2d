import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TOAST_STAYS, ToastQueue } from './toasts.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const say = (queue: ToastQueue, text: string) => queue.show({ status: 'done', text });
const texts = (queue: ToastQueue) => queue.get().map((toast) => toast.text);

test('a toast goes after six seconds', () => {
  const queue = new ToastQueue();
  say(queue, 'Approved.');
  vi.advanceTimersByTime(TOAST_STAYS - 1);
  expect(texts(queue)).toEqual(['Approved.']);
  vi.advanceTimersByTime(1);
  expect(texts(queue)).toEqual([]);
});

test('while it is looked at the clock stands still', () => {
  const queue = new ToastQueue();
  say(queue, 'Approved.');
  vi.advanceTimersByTime(5000);
  queue.pause();
  vi.advanceTimersByTime(60_000);
  expect(texts(queue)).toEqual(['Approved.']);
  queue.resume();
  vi.advanceTimersByTime(1000);
  expect(texts(queue)).toEqual([]);
});

test('more than three never hide the page', () => {
  const queue = new ToastQueue();
  for (const text of ['a', 'b', 'c', 'd']) say(queue, text);
  expect(texts(queue)).toEqual(['b', 'c', 'd']);
});
