import { Observable } from '#ui/ipc/observable.ts';

export interface Announcement {
  text: string;
  /** Two equal sentences one after the other are both read only if something differs. */
  turn: number;
}

const silent: Announcement = { text: '', turn: 0 };

/** What is read out. A new approval is assertive, once; progress is polite, and seldom. */
export const assertive = new Observable<Announcement>(silent);
export const polite = new Observable<Announcement>(silent);

export function announceApproval(text: string) {
  assertive.set({ text, turn: assertive.get().turn + 1 });
}

/** Progress of one project is told at most this often, in ms. */
export const PROGRESS_EVERY = 10_000;

const lastTold = new Map<string, number>();

/** Answers whether it was told, or came too soon after the last. */
export function announceProgress(project: string, text: string, now: number = Date.now()): boolean {
  const last = lastTold.get(project);
  if (last !== undefined && now - last < PROGRESS_EVERY) return false;
  lastTold.set(project, now);
  polite.set({ text, turn: polite.get().turn + 1 });
  return true;
}
