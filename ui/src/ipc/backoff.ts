const FIRST = 1000;
const LONGEST = 30_000;

/** 1 s, 2 s, 4 s and so on to 30 s; back to 1 s after a connection that held. */
export class Backoff {
  #next = FIRST;

  take(): number {
    const wait = this.#next;
    this.#next = Math.min(LONGEST, this.#next * 2);
    return wait;
  }

  reset() {
    this.#next = FIRST;
  }
}
