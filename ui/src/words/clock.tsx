import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import type { Clock } from './format.ts';

const ClockContext = createContext<Clock | null>(null);

/** The present, for everything that says how long ago. It ticks twice a minute: no form of time shows less than a minute. */
export function ClockProvider({ fixed, children }: { fixed?: Clock; children: ReactNode }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (fixed) return;
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, [fixed]);
  return <ClockContext value={fixed ?? { now }}>{children}</ClockContext>;
}

export function useClock(): Clock {
  return use(ClockContext) ?? { now: Date.now() };
}
