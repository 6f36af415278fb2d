import { Backoff } from './backoff.ts';
import type { Connection, HostEvent } from './transport.ts';

/** The part of a WebSocket that is used, so that a test can hand in its own. */
export interface Socket {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  close(): void;
}

interface Options {
  open: (from: number) => Socket;
  from: number;
  onEvent: (event: HostEvent) => void;
  onConnection: (connection: Connection) => void;
  now?: () => number;
}

/** Events over a socket that is opened again after each loss, from the last event that arrived. */
export class SocketFeed {
  #options: Options;
  #last: number;
  #socket: Socket | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #backoff = new Backoff();
  #lostSince: number | null = null;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#last = options.from;
  }

  start() {
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#detach()?.close();
  }

  /** A person asked: no waiting, and the waits start small again. */
  retryNow() {
    if (this.#stopped || !this.#timer) return;
    clearTimeout(this.#timer);
    this.#backoff.reset();
    this.#connect();
  }

  #connect() {
    this.#timer = null;
    const socket = this.#options.open(this.#last);
    this.#socket = socket;
    socket.onopen = () => {
      this.#lostSince = null;
      this.#options.onConnection({ state: 'live' });
    };
    socket.onmessage = (message) => {
      const event = readEvent(message.data);
      // The host may send the event it resumes from once more.
      if (!event || event.seq <= this.#last) return;
      this.#last = event.seq;
      // Only a connection that carried something has held; an open that closes at once keeps the waits growing.
      this.#backoff.reset();
      this.#options.onEvent(event);
    };
    socket.onclose = () => {
      if (this.#stopped || this.#socket !== socket) return;
      this.#detach();
      const now = (this.#options.now ?? Date.now)();
      const wait = this.#backoff.take();
      this.#lostSince ??= now;
      this.#options.onConnection({ state: 'lost', since: this.#lostSince, retryAt: now + wait });
      this.#timer = setTimeout(() => this.#connect(), wait);
    };
  }

  #detach(): Socket | null {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
    }
    return socket;
  }
}

function readEvent(data: unknown): HostEvent | null {
  if (typeof data !== 'string') return null;
  try {
    const event: unknown = JSON.parse(data);
    if (typeof event !== 'object' || event === null) return null;
    if (!('seq' in event) || typeof event.seq !== 'number' || !('kind' in event) || typeof event.kind !== 'string')
      return null;
    return event as HostEvent;
  } catch {
    return null;
  }
}
