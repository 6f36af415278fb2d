import { useSyncExternalStore } from 'react';
import { assertive, polite } from './announcer.ts';

/** The two live regions of the window. There from the start: a region that appears with its words is not read. */
export function Announcer() {
  const urgent = useSyncExternalStore(assertive.subscribe, assertive.get);
  const calm = useSyncExternalStore(polite.subscribe, polite.get);
  return (
    <>
      <div className="sr" aria-live="assertive">
        <span key={urgent.turn}>{urgent.text}</span>
      </div>
      <div className="sr" aria-live="polite">
        <span key={calm.turn}>{calm.text}</span>
      </div>
    </>
  );
}
