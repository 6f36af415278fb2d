import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TauriTransport } from './tauri.ts';

/** The shell: what the two commands do, and the channels that it was given. */
const shell = vi.hoisted(() => ({
  channels: [] as { onmessage: (message: unknown) => void }[],
  asked: [] as unknown[],
  call: async (): Promise<unknown> => [],
  subscribe: async (): Promise<unknown> => null,
}));

vi.mock('@tauri-apps/api/core', () => ({
  Channel: class {
    onmessage: (message: unknown) => void = () => {};
    constructor() {
      shell.channels.push(this);
    }
  },
  invoke: (command: 'call' | 'subscribe', input: { from?: number }) => {
    if (command === 'subscribe') shell.asked.push(input.from);
    return shell[command]();
  },
}));

const FAILED = { code: 'internal', message: 'the ledger cannot be read', hint: 'Try again', details: [] };

beforeEach(() => {
  vi.useFakeTimers();
  shell.channels = [];
  shell.asked = [];
  shell.call = async () => [];
  shell.subscribe = async () => null;
  vi.stubGlobal('document', { addEventListener: () => {}, removeEventListener: () => {} });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('removeEventListener', () => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settled = () => vi.advanceTimersByTimeAsync(0);

test('a channel that ends is asked for again, from the last event that arrived', async () => {
  const transport = new TauriTransport();
  const events: number[] = [];
  transport.subscribe(7, ({ seq }) => events.push(seq));
  await settled();
  expect(transport.connection.get()).toEqual({ state: 'live' });
  shell.channels[0]?.onmessage({ seq: 8, kind: 'run.started' });
  shell.channels[0]?.onmessage({ ended: FAILED });
  expect(transport.connection.get()).toMatchObject({ state: 'lost', error: { code: 'internal', hint: 'Try again' } });
  shell.channels[0]?.onmessage({ seq: 9, kind: 'of a channel that ended' });
  await vi.advanceTimersByTimeAsync(1000);
  shell.channels[1]?.onmessage({ seq: 9, kind: 'run.done' });
  expect([shell.asked, events, transport.connection.get()]).toEqual([[7, 8], [8, 9], { state: 'live' }]);
});

test('a workspace that never opened is closed; one that was open is lost', async () => {
  shell.subscribe = () => Promise.reject(FAILED);
  const never = new TauriTransport();
  never.subscribe(0, () => {});
  await settled();
  expect(never.connection.get()).toMatchObject({ state: 'closed', error: { code: 'internal' } });
  const once = new TauriTransport();
  await once.call('system.status', {});
  once.subscribe(0, () => {});
  await settled();
  expect(once.connection.get()).toMatchObject({ state: 'lost', error: { code: 'internal' } });
});

test('an answer to any call tries a lost channel again', async () => {
  const transport = new TauriTransport();
  transport.subscribe(7, () => {});
  await settled();
  shell.channels[0]?.onmessage({ ended: null });
  expect(transport.connection.get()).toMatchObject({ state: 'lost' });
  await transport.call('inbox.list', {});
  await settled();
  expect([shell.asked, transport.connection.get()]).toEqual([[7, 7], { state: 'live' }]);
});
