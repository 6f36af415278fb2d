// The one way from the interface to its workspace. Nothing outside this folder knows whether a desktop shell or a server
// stands behind it. Deliberately not here: what operations there are (bindings.ts, generated) and what they mean.

import type { CallError } from './errors.ts';

/** What the host tells: what happened, never what the interface should do. `seq` grows without gaps. The generated
 *  `EventDto` has more; this much is what the transport itself relies on. */
export interface HostEvent {
  seq: number;
  kind: string;
  /** The caches that no longer hold. */
  tags?: readonly string[];
}

export type Unsubscribe = () => void;

export type Connection =
  | { state: 'connecting' }
  | { state: 'live' }
  /** The host cannot be listened to; values on screen are of `since` (ms). `retryAt` is when it is tried again at the
   *  latest. `error` is why, if the host is there and says so. */
  | { state: 'lost'; since: number; retryAt: number; error?: CallError }
  /** The host is there, but does not know this session. */
  | { state: 'signedOut' }
  /** The host is there, but could not open the workspace. A fresh start of the page has it try again. */
  | { state: 'closed'; error: CallError };

/** What only a program of the desktop can do: files and folders by their path. */
export interface Machine {
  /** In the system's own dialog. Nothing, if the person changed their mind. */
  pick: (kind: 'files' | 'folder') => Promise<readonly string[]>;
  /** What is dropped on the window. */
  onDrop: (dropped: (paths: readonly string[]) => void) => Unsubscribe;
}

export interface Transport {
  /** Rejects with a `CallError` only. */
  call(operation: string, input: unknown): Promise<unknown>;
  /** Hands a file over that a request may bring along. Rejects with a `CallError` only. */
  upload(file: File): Promise<unknown>;
  /** Absent in a browser. */
  machine?: Machine;
  /** Events after `from`, in order, each once, over every reconnect. */
  subscribe(from: number, onEvent: (event: HostEvent) => void): Unsubscribe;
  /** For `useSyncExternalStore`. */
  connection: { get: () => Connection; subscribe: (listener: () => void) => Unsubscribe; retry: () => void };
}
