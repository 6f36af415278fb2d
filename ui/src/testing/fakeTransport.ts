import { CallError } from '#ui/ipc/errors.ts';
import { Observable } from '#ui/ipc/observable.ts';
import type { Connection, HostEvent, Transport } from '#ui/ipc/transport.ts';

/** A host that knows the operations it is given, and says by name what it was asked beyond them. */
export class FakeTransport implements Transport {
  #answers: Record<string, (input: unknown) => unknown>;
  #listeners = new Set<(event: HostEvent) => void>();
  state = new Observable<Connection>({ state: 'live' });
  readonly calls: { operation: string; input: unknown }[] = [];
  retried = 0;

  constructor(answers: Record<string, (input: unknown) => unknown> = {}) {
    this.#answers = answers;
  }

  connection = {
    get: this.state.get,
    subscribe: this.state.subscribe,
    retry: () => {
      this.retried += 1;
    },
  };

  async call(operation: string, input: unknown): Promise<unknown> {
    this.calls.push({ operation, input });
    const answer = this.#answers[operation];
    if (!answer) throw new CallError({ code: 'test.unknown_operation', message: `The test answers no ${operation}` });
    return answer(input);
  }

  upload(file: File): Promise<unknown> {
    return this.call('request.attach', { name: file.name, bytes: file.size });
  }

  subscribe(_from: number, onEvent: (event: HostEvent) => void) {
    this.#listeners.add(onEvent);
    return () => {
      this.#listeners.delete(onEvent);
    };
  }

  tell(event: HostEvent) {
    for (const listener of this.#listeners) listener(event);
  }
}
