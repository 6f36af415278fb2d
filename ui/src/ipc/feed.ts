import { Backoff } from './backoff.ts';
import type { CallError } from './errors.ts';
import type { Connection, HostEvent } from './transport.ts';

/** What a host says about one attempt to listen. */
export interface Listener {
  /** The host can read its events, and tells them from here on. */
  opened: () => void;
  told: (event: unknown) => void;
  /** No more comes; why, if the host said so. */
  ended: (error?: CallError) => void;
}

/** Begins to listen after event `from`. Gives what ends it. */
export type Open = (from: number, listener: Listener) => () => void;

interface Options {
  open: Open;
  from: number;
  onEvent: (event: HostEvent) => void;
  onConnection: (connection: Connection) => void;
  now?: () => number;
}

/** Events of a host that may get lost: listened to again after each loss, from the last event that arrived. */
export class Feed {
  #options: Options;
  #last: number;
  #end: (() => void) | null = null;
  /** Told apart from attempts before it, which may still say something. */
  #attempt = 0;
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
    this.#timer = null;
    this.#hangUp();
  }

  /** A person asked: no waiting, and the waits start small again. */
  retryNow() {
    if (!this.#timer) return;
    this.#backoff.reset();
    this.tryNow();
  }

  /** Something speaks for it: the host answered, the window came into view. The waits stay as long as they are. */
  tryNow() {
    if (this.#stopped || !this.#timer) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect() {
    this.#timer = null;
    this.#attempt += 1;
    const attempt = this.#attempt;
    const current = () => !this.#stopped && this.#attempt === attempt;
    const end = this.#options.open(this.#last, {
      opened: () => {
        if (!current()) return;
        this.#lostSince = null;
        this.#options.onConnection({ state: 'live' });
      },
      told: (event) => {
        if (current()) this.#take(event);
      },
      ended: (error) => {
        if (current()) this.#lose(error);
      },
    });
    if (current()) this.#end = end;
    else end();
  }

  #take(event: unknown) {
    // The host may send the event it resumes from once more.
    if (!isEvent(event) || event.seq <= this.#last) return;
    this.#last = event.seq;
    // Only a connection that carried something has held; an open that closes at once keeps the waits growing.
    this.#backoff.reset();
    this.#options.onEvent(event);
  }

  #lose(error: CallError | undefined) {
    this.#hangUp();
    const now = (this.#options.now ?? Date.now)();
    const wait = this.#backoff.take();
    this.#lostSince ??= now;
    this.#timer = setTimeout(() => this.#connect(), wait);
    const lost = { state: 'lost', since: this.#lostSince, retryAt: now + wait } as const;
    this.#options.onConnection(error ? { ...lost, error } : lost);
  }

  #hangUp() {
    this.#attempt += 1;
    this.#end?.();
    this.#end = null;
  }
}

function isEvent(event: unknown): event is HostEvent {
  if (typeof event !== 'object' || event === null) return false;
  return 'seq' in event && typeof event.seq === 'number' && 'kind' in event && typeof event.kind === 'string';
}
