import { ACTION_IDS, ACTIONS, type ActionId, decides } from './actions.ts';

/** What of a keyboard event matters. */
export interface Stroke {
  key: string;
  meta: boolean;
  ctrl: boolean;
  shift: boolean;
  alt: boolean;
  /** The key is held down. */
  repeat: boolean;
  /** A field has the focus. */
  inField: boolean;
}

export type KeyTable = Readonly<Record<ActionId, string>>;

export const DEFAULT_KEYS: KeyTable = Object.fromEntries(ACTION_IDS.map((id) => [id, ACTIONS[id].keys])) as Record<
  ActionId,
  string
>;

/** How long the second key of "G then H" may take, in ms. */
export const SEQUENCE_WAIT = 800;

const LETTER = /^[a-z]$/i;

/** "Mod+Shift+P", "G", "?". Shift counts only where it does not already make another character. */
export function strokeName(stroke: Stroke): string {
  const key = LETTER.test(stroke.key) ? stroke.key.toUpperCase() : stroke.key;
  const named = LETTER.test(stroke.key) || stroke.key.length > 1;
  return [(stroke.meta || stroke.ctrl) && 'Mod', stroke.alt && 'Alt', stroke.shift && named && 'Shift', key]
    .filter(Boolean)
    .join('+');
}

export type Match =
  | { kind: 'none' }
  | { kind: 'pending'; action: ActionId | null }
  | { kind: 'action'; action: ActionId };

const NONE: Match = { kind: 'none' };

/** Turns strokes into actions. `active` are those that something on screen answers to, the topmost last. */
export class KeyMatcher {
  #keys: KeyTable;
  #prefix: string | null = null;

  constructor(keys: KeyTable = DEFAULT_KEYS) {
    this.#keys = keys;
  }

  feed(stroke: Stroke, active: readonly ActionId[]): Match {
    const name = strokeName(stroke);
    // A single key belongs to the field that has the focus; so does Escape's way out of it.
    const single = !stroke.meta && !stroke.ctrl && !stroke.alt;
    if (single && stroke.inField && name !== 'Escape') return NONE;
    const whole = this.#prefix ? `${this.#prefix} ${name}` : name;
    this.#prefix = null;
    const action = active.findLast((id) => this.#keys[id] === whole) ?? null;
    if (action && stroke.repeat && decides(action)) return NONE;
    if (active.some((id) => this.#keys[id].startsWith(`${whole} `))) {
      this.#prefix = whole;
      return { kind: 'pending', action };
    }
    return action ? { kind: 'action', action } : NONE;
  }

  /** The second key did not come. */
  forget() {
    this.#prefix = null;
  }
}
