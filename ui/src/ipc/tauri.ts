import { Channel, invoke } from '@tauri-apps/api/core';
import { CallError } from './errors.ts';
import { Observable } from './observable.ts';
import type { Connection, HostEvent, Transport } from './transport.ts';

/** The desktop shell: two commands, `call` and `subscribe`. The host is this same process, so it cannot get lost. */
export class TauriTransport implements Transport {
  #connection = new Observable<Connection>({ state: 'connecting' });

  connection = { get: this.#connection.get, subscribe: this.#connection.subscribe, retry: () => {} };

  async call(operation: string, input: unknown): Promise<unknown> {
    try {
      return await invoke('call', { operation, input: input ?? null });
    } catch (thrown) {
      throw CallError.from(thrown);
    }
  }

  subscribe(from: number, onEvent: (event: HostEvent) => void) {
    let last = from;
    let open = true;
    const channel = new Channel<HostEvent>();
    channel.onmessage = (event) => {
      if (!open || event.seq <= last) return;
      last = event.seq;
      onEvent(event);
    };
    invoke('subscribe', { from, channel }).then(
      () => this.#connection.set({ state: 'live' }),
      (thrown) => this.#connection.set({ state: 'closed', error: CallError.from(thrown) }),
    );
    // The shell has no third command: it ends the channel with the page, until then nobody listens.
    return () => {
      open = false;
    };
  }
}
