import { useSyncExternalStore } from 'react';
import type { Status } from '../status/statuses.ts';

export interface Toast {
  id: number;
  status: Status;
  text: string;
  action?: { name: string; act: () => void };
}

/** How long a toast stays, in ms. It is never the only place of an error, so it may go by itself. */
export const TOAST_STAYS = 6000;
/** More at once would hide the page. */
const MOST = 3;

/** The toasts in view, and the clock that takes them away again. Paused while a pointer or the focus is on them. */
export class ToastQueue {
  #toasts: readonly Toast[] = [];
  #left = new Map<number, number>();
  #timers = new Map<number, { timer: ReturnType<typeof setTimeout>; since: number }>();
  #listeners = new Set<() => void>();
  #next = 1;
  #paused = false;

  subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get = () => this.#toasts;

  show(toast: Omit<Toast, 'id'>): number {
    const id = this.#next++;
    for (const old of this.#toasts.slice(0, Math.max(0, this.#toasts.length + 1 - MOST))) this.close(old.id);
    this.#toasts = [...this.#toasts, { ...toast, id }];
    this.#left.set(id, TOAST_STAYS);
    if (!this.#paused) this.#start(id);
    this.#tell();
    return id;
  }

  close(id: number) {
    clearTimeout(this.#timers.get(id)?.timer);
    this.#timers.delete(id);
    this.#left.delete(id);
    this.#toasts = this.#toasts.filter((toast) => toast.id !== id);
    this.#tell();
  }

  pause() {
    if (this.#paused) return;
    this.#paused = true;
    for (const [id, { timer, since }] of this.#timers) {
      clearTimeout(timer);
      this.#left.set(id, Math.max(0, (this.#left.get(id) ?? 0) - (Date.now() - since)));
    }
    this.#timers.clear();
  }

  resume() {
    if (!this.#paused) return;
    this.#paused = false;
    for (const id of this.#left.keys()) this.#start(id);
  }

  #start(id: number) {
    const timer = setTimeout(() => this.close(id), this.#left.get(id) ?? 0);
    this.#timers.set(id, { timer, since: Date.now() });
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

export const toasts = new ToastQueue();

export function useToasts(): readonly Toast[] {
  return useSyncExternalStore(toasts.subscribe, toasts.get);
}
