import type { Unsubscribe } from './transport.ts';

/** Moments at which a host that was lost may well be back: somebody looks at the window again, the network returns. */
export function onHopeful(hope: () => void): Unsubscribe {
  const inView = () => {
    if (document.visibilityState === 'visible') hope();
  };
  document.addEventListener('visibilitychange', inView);
  addEventListener('focus', hope);
  addEventListener('online', hope);
  return () => {
    document.removeEventListener('visibilitychange', inView);
    removeEventListener('focus', hope);
    removeEventListener('online', hope);
  };
}
