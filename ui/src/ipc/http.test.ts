import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HttpTransport } from './http.ts';

const store = new Map<string, string>();

beforeEach(() => {
  store.clear();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => store.get(key) ?? null,
    setItem: (key: string, value: string) => store.set(key, value),
    removeItem: (key: string) => store.delete(key),
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function answer(status: number, body: unknown) {
  const asked = vi.fn(
    async (_url: URL, _init: RequestInit) => new Response(body === null ? null : JSON.stringify(body), { status }),
  );
  vi.stubGlobal('fetch', asked);
  return asked;
}

const transport = () => new HttpTransport(new URL('http://localhost:7000/cadre/'));

test('a call posts its input and carries the bearer', async () => {
  store.set('cadre.bearer', 'secret');
  const asked = answer(200, { projects: [] });
  expect(await transport().call('project.list', { open: true })).toEqual({ projects: [] });
  const [url, init] = asked.mock.calls[0] ?? [];
  expect([String(url), init?.method, init?.body]).toEqual([
    'http://localhost:7000/cadre/api/v1/project.list',
    'POST',
    '{"open":true}',
  ]);
  expect(new Headers(init?.headers).get('authorization')).toBe('Bearer secret');
});

test('an exchanged code becomes the bearer of this window', async () => {
  answer(200, { bearer: 'fresh' });
  await transport().exchange('once');
  expect(store.get('cadre.bearer')).toBe('fresh');
});

test('a refusal rejects with the code of the host', async () => {
  answer(409, { code: 'project.not_paused', message: 'The project is not paused' });
  await expect(transport().call('project.resume', {})).rejects.toMatchObject({ code: 'project.not_paused' });
});

test('a session that ended is forgotten and shown', async () => {
  store.set('cadre.bearer', 'old');
  answer(401, { code: 'session.unknown', message: 'No such session' });
  const host = transport();
  await expect(host.call('project.list', {})).rejects.toMatchObject({ code: 'session.unknown' });
  expect([host.connection.get(), store.has('cadre.bearer')]).toEqual([{ state: 'signedOut' }, false]);
});

test('a host that is not there, and an answer that is none, have codes of their own', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('failed');
  });
  await expect(transport().call('a', {})).rejects.toMatchObject({ code: 'transport.unreachable' });
  vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }));
  await expect(transport().call('a', {})).rejects.toMatchObject({ code: 'transport.http_502' });
});

class FakeSocket {
  static last: FakeSocket | null = null;
  static opened: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(url: URL) {
    FakeSocket.last = this;
    FakeSocket.opened.push(String(url));
  }
  close() {}
}

const at = (seq: number) => `ws://localhost:7000/cadre/api/v1/events?from=${seq}`;

function listening() {
  FakeSocket.opened = [];
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('document', { addEventListener: () => {}, removeEventListener: () => {} });
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('removeEventListener', () => {});
  const host = transport();
  const events: number[] = [];
  const stop = host.subscribe(7, ({ seq }) => events.push(seq));
  return { host, events, stop };
}

test('a socket that is refused says why, by a call; an answer to any call tries it again', async () => {
  store.set('cadre.bearer', 'good');
  answer(500, { code: 'internal', message: 'the ledger cannot be read' });
  const { host, events, stop } = listening();
  FakeSocket.last?.onopen?.();
  FakeSocket.last?.onmessage?.({ data: '{"seq":8,"kind":"run.started"}' });
  FakeSocket.last?.onmessage?.({ data: '{' });
  FakeSocket.last?.onclose?.();
  await vi.waitFor(() => expect(host.connection.get()).toMatchObject({ state: 'lost', error: { code: 'internal' } }));
  answer(200, []);
  await host.call('inbox.list', {});
  expect([events, FakeSocket.opened]).toEqual([[8], [at(7), at(8)]]);
  stop();
});

test('a host that answers and yet refuses to tell what happens is said to', async () => {
  store.set('cadre.bearer', 'good');
  answer(200, {});
  const { host, stop } = listening();
  FakeSocket.last?.onclose?.();
  await vi.waitFor(() =>
    expect(host.connection.get()).toMatchObject({ state: 'lost', error: { code: 'transport.events' } }),
  );
  expect(FakeSocket.opened, 'the question why is no reason to try again').toHaveLength(1);
  stop();
});

test('a socket that is refused because the session ended shows that', async () => {
  store.set('cadre.bearer', 'old');
  answer(401, { code: 'not_signed_in', message: 'This session is unknown here' });
  const { host, stop } = listening();
  FakeSocket.last?.onclose?.();
  await vi.waitFor(() => expect(host.connection.get()).toEqual({ state: 'signedOut' }));
  stop();
});
