import { Channel, invoke } from '@tauri-apps/api/core';
import { CallError } from './errors.ts';
import { Feed, type Listener } from './feed.ts';
import { Observable } from './observable.ts';
import { onHopeful } from './signals.ts';
import type { Connection, HostEvent, Transport } from './transport.ts';

/** The desktop shell: two commands, `call` and `subscribe`. The host is this same process, so it does not get lost; what
 *  happened can be unreadable for a while all the same. */
export class TauriTransport implements Transport {
  #connection = new Observable<Connection>({ state: 'connecting' });
  #feeds = new Set<Feed>();
  /** Whether the workspace was open once. */
  #opened = false;

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

  subscribe(from: number, onEvent: (event: HostEvent) => void) {
    const feed = new Feed({
      open: listen,
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

/** What the channel carries beside events: that it ends, and why if something failed. */
interface Ended {
  ended: unknown;
}

/** The shell has no third command: it ends a channel with the page, or when the page listens anew. */
function listen(from: number, listener: Listener): () => void {
  let open = true;
  const end = (thrown?: unknown) => {
    if (open) listener.ended(thrown ? CallError.from(thrown) : undefined);
  };
  const channel = new Channel<HostEvent | Ended>();
  channel.onmessage = (message) => {
    if (!open) return;
    if ('ended' in message) end(message.ended);
    else listener.told(message);
  };
  invoke('subscribe', { from, channel }).then(() => {
    if (open) listener.opened();
  }, end);
  return () => {
    open = false;
  };
}
