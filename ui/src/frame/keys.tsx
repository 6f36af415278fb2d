import { createContext, type ReactNode, use, useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { ActionId } from './actions.ts';
import { DEFAULT_KEYS, KeyMatcher, type KeyTable, SEQUENCE_WAIT } from './keyMatcher.ts';

interface Registered {
  action: ActionId;
  act: () => void;
}

interface Registry {
  keys: KeyTable;
  add(entry: Registered): () => void;
  active(): readonly Registered[];
}

const KeysContext = createContext<Registry | null>(null);

/** Holds which actions something on screen answers to, and listens for their keys. */
export function KeysProvider({ keys = DEFAULT_KEYS, children }: { keys?: KeyTable; children: ReactNode }) {
  const entries = useRef<Registered[]>([]);
  const registry = useMemo<Registry>(
    () => ({
      keys,
      add(entry) {
        entries.current = [...entries.current, entry];
        return () => {
          entries.current = entries.current.filter((other) => other !== entry);
        };
      },
      active: () => entries.current,
    }),
    [keys],
  );
  useEffect(() => listen(registry), [registry]);
  return <KeysContext value={registry}>{children}</KeysContext>;
}

function listen(registry: Registry): () => void {
  const matcher = new KeyMatcher(registry.keys);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = (action: ActionId) =>
    registry
      .active()
      .findLast((entry) => entry.action === action)
      ?.act();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Shift' || event.key === 'Control' || event.key === 'Meta' || event.key === 'Alt') return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    const stroke = {
      key: event.key,
      meta: event.metaKey,
      ctrl: event.ctrlKey,
      shift: event.shiftKey,
      alt: event.altKey,
      repeat: event.repeat,
      inField: isField(target),
    };
    // What lies under a dialog does not answer.
    if (target?.closest('[role="dialog"]') && !event.metaKey && !event.ctrlKey) return;
    clearTimeout(timer);
    const match = matcher.feed(
      stroke,
      registry.active().map((entry) => entry.action),
    );
    if (match.kind === 'none') return;
    event.preventDefault();
    if (match.kind === 'action') {
      run(match.action);
      return;
    }
    timer = setTimeout(() => {
      matcher.forget();
      if (match.action) run(match.action);
    }, SEQUENCE_WAIT);
  };
  document.addEventListener('keydown', onKeyDown);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('keydown', onKeyDown);
  };
}

function isField(target: HTMLElement | null): boolean {
  if (!target) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button'].includes(target.type);
}

function useRegistry(): Registry | null {
  return use(KeysContext);
}

/** As long as the component is on screen, the action's key calls `act`. `null` takes it away. */
export function useAction(action: ActionId, act: (() => void) | null) {
  const registry = useRegistry();
  const run = useEffectEvent(() => act?.());
  const on = act !== null;
  useEffect(() => {
    if (!registry || !on) return;
    return registry.add({ action, act: () => run() });
  }, [registry, action, on]);
}

/** The key of an action as it is set, to show on its button. */
export function useKeysOf(action: ActionId): string {
  return (useRegistry()?.keys ?? DEFAULT_KEYS)[action];
}

/** All keys as they are set. */
export function useKeyTable(): KeyTable {
  return useRegistry()?.keys ?? DEFAULT_KEYS;
}

/** What can be done here and now, for the palette. Read when it opens. */
export function useActiveActions(): () => readonly Registered[] {
  const registry = useRegistry();
  return () => registry?.active() ?? [];
}
