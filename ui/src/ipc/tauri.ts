import { Channel, invoke } from '@tauri-apps/api/core';
import { CallError } from './errors.ts';
import { Feed, type Listener } from './feed.ts';
import { Observable } from './observable.ts';
import { onHopeful } from './signals.ts';
import type { Connection, HostEvent, Machine, Transport } from './transport.ts';

/** The desktop shell: two commands, `call` and `subscribe`. The host is this same process, so it does not get lost; what
 *  happened can be unreadable for a while all the same. */
export class TauriTransport implements Transport {
  #connection = new Observable<Connection>({ state: 'connecting' });
  #feeds = new Set<Feed>();
  /** Whether the workspace was open once. */
  #opened = false;
  #dropped: ((paths: readonly string[]) => void) | null = null;

  connection = {
    get: this.#connection.get,
    subscribe: this.#connection.subscribe,
    retry: () => {
      for (const feed of this.#feeds) feed.retryNow();
    },
  };

  async call(operation: string, input: unknown): Promise<unknown> {
    try {
      const answer = await invoke('call', { operation, input: input ?? null });
      this.#opened = true;
      for (const feed of this.#feeds) feed.tryNow();
      return answer;
    } catch (thrown) {
      throw CallError.from(thrown);
    }
  }

  async upload(file: File): Promise<unknown> {
    const content = base64(new Uint8Array(await file.arrayBuffer()));
    return this.call('request.attach', { kind: 'content', name: file.name, content });
  }

  machine: Machine = {
    pick: async (kind) => paths(await this.call('window.pick', { kind })),
    onDrop: (dropped) => {
      this.#dropped = dropped;
      return () => {
        this.#dropped = null;
      };
    },
  };

  subscribe(from: number, onEvent: (event: HostEvent) => void) {
    const feed = new Feed({
      open: (seq, listener) => listen(seq, listener, (dropped) => this.#dropped?.(dropped)),
      from,
      onEvent,
      onConnection: (connection) => {
        if (connection.state === 'live') this.#opened = true;
        // What was never open has nothing on screen to keep: the window says why, in place of a page.
        if (this.#opened || connection.state !== 'lost' || !connection.error) this.#connection.set(connection);
        else {
          feed.stop();
          this.#connection.set({ state: 'closed', error: connection.error });
        }
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
}

/** What the channel carries beside events: that it ends, and why if something failed; what was dropped on the window. */
type Told = HostEvent | { ended: unknown } | { dropped: unknown };

/** The shell has no third command: it ends a channel with the page, or when the page listens anew. */
function listen(from: number, listener: Listener, onDrop: (paths: string[]) => void): () => void {
  let open = true;
  const end = (thrown?: unknown) => {
    if (open) listener.ended(thrown ? CallError.from(thrown) : undefined);
  };
  const channel = new Channel<Told>();
  channel.onmessage = (message) => {
    if (!open) return;
    if ('ended' in message) end(message.ended);
    else if ('dropped' in message) onDrop(paths(message.dropped));
    else listener.told(message);
  };
  invoke('subscribe', { from, channel }).then(() => {
    if (open) listener.opened();
  }, end);
  return () => {
    open = false;
  };
}

function paths(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((path) => typeof path === 'string') : [];
}

/** In parts: the letters of a whole file do not fit into the arguments of one call. */
function base64(bytes: Uint8Array): string {
  const PART = 32_768;
  let letters = '';
  for (let at = 0; at < bytes.length; at += PART) letters += String.fromCharCode(...bytes.subarray(at, at + PART));
  return btoa(letters);
}
