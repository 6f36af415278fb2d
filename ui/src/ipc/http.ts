import { t } from '#ui/words/words.ts';
import { CallError, isUnreachable, unreachable } from './errors.ts';
import { Feed, type Listener } from './feed.ts';
import { Observable } from './observable.ts';
import { bearer } from './session.ts';
import { onHopeful } from './signals.ts';
import type { Connection, HostEvent, Transport } from './transport.ts';

const API = 'api/v1';

/** A server on the same origin: `POST api/v1/<operation>`, and `api/v1/events` as a socket. */
export class HttpTransport implements Transport {
  #base: URL;
  #connection = new Observable<Connection>({ state: 'connecting' });
  #feeds = new Set<Feed>();

  constructor(base: URL = new URL('.', location.href)) {
    this.#base = base;
  }

  connection = {
    get: this.#connection.get,
    subscribe: this.#connection.subscribe,
    retry: () => {
      for (const feed of this.#feeds) feed.retryNow();
    },
  };

  /** Answers whether the code was good. A used or unknown code leaves no session. */
  async exchange(code: string): Promise<void> {
    const answer = await this.call('session.exchange', { code });
    if (typeof answer !== 'object' || answer === null || !('bearer' in answer) || typeof answer.bearer !== 'string') {
      throw new CallError({ code: 'transport.answer', message: t('error.answer') });
    }
    bearer.set(answer.bearer);
  }

  async call(operation: string, input: unknown): Promise<unknown> {
    const answer = await this.#send(operation, input);
    // Whoever answers can be listened to.
    for (const feed of this.#feeds) feed.tryNow();
    return answer;
  }

  /** The file itself is the body, so that it need not fit into memory. */
  upload(file: File): Promise<unknown> {
    const name = new URLSearchParams({ name: file.name });
    return this.#post(`request.attach?${name}`, 'application/octet-stream', file);
  }

  #send(operation: string, input: unknown): Promise<unknown> {
    return this.#post(operation, 'application/json', JSON.stringify(input ?? null));
  }

  async #post(path: string, type: string, body: BodyInit): Promise<unknown> {
    const token = bearer.get();
    let response: Response;
    try {
      response = await fetch(new URL(`${API}/${path}`, this.#base), {
        method: 'POST',
        headers: { 'content-type': type, ...(token && { authorization: `Bearer ${token}` }) },
        body,
        credentials: 'omit',
        cache: 'no-store',
      });
    } catch {
      throw unreachable();
    }
    const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return answer;
    if (response.status === 401) this.#signOut();
    throw answer === null
      ? new CallError({
          code: `transport.http_${response.status}`,
          message: t('error.http', { status: response.status }),
        })
      : CallError.from(answer);
  }

  subscribe(from: number, onEvent: (event: HostEvent) => void) {
    const feed = new Feed({
      open: (seq, listener) => listen(new WebSocket(this.#eventsUrl(seq), protocols()), listener),
      from,
      onEvent,
      onConnection: (connection) => {
        this.#connection.set(connection);
        if (connection.state === 'lost') void this.#askWhy();
      },
    });
    this.#feeds.add(feed);
    feed.start();
    const forget = onHopeful(() => feed.tryNow());
    return () => {
      forget();
      this.#feeds.delete(feed);
      feed.stop();
    };
  }

  /** A page is not told why a socket was refused. A call is: there is no session any more, or the host cannot read. */
  async #askWhy() {
    const why = await this.#send('system.status', {}).then(
      () => new CallError({ code: 'transport.events', message: t('error.events') }),
      (thrown: unknown) => CallError.from(thrown),
    );
    const connection = this.#connection.get();
    if (!isUnreachable(why) && connection.state === 'lost') this.#connection.set({ ...connection, error: why });
  }

  #eventsUrl(from: number): URL {
    const url = new URL(`${API}/events`, this.#base);
    url.searchParams.set('from', String(from));
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url;
  }

  #signOut() {
    bearer.clear();
    for (const feed of this.#feeds) feed.stop();
    this.#connection.set({ state: 'signedOut' });
  }
}

function listen(socket: WebSocket, listener: Listener): () => void {
  socket.onopen = () => listener.opened();
  socket.onmessage = ({ data }: MessageEvent<unknown>) => listener.told(parsed(data));
  socket.onclose = () => listener.ended();
  return () => {
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  };
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** A browser sets no header on a socket. The bearer goes as a subprotocol, so that it stands in no URL and no log. */
function protocols(): string[] {
  const token = bearer.get();
  return token ? ['cadre.v1', `bearer.${token}`] : ['cadre.v1'];
}
