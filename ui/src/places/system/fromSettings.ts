import type { QuietHours } from '#ui/ipc/bindings.ts';
import { microDollars } from '#ui/words/dollars.ts';

/** What quiet hours begin with when they are switched on. */
export const FIRST_QUIET_HOURS: QuietHours = { from: '22:00', to: '07:00' };

/** Dollars as a person writes them, in cents; null for what is no amount. */
export function centsOf(text: string): number | null {
  const match = /^\s*\$?\s*(\d{1,7})(?:\.(\d{1,2}))?\s*$/.exec(text);
  if (!match) return null;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}

/** The host's "$10.00" in cents. */
export function centsOfHost(text: string | undefined): number | null {
  const micros = text === undefined ? null : microDollars(text);
  return micros === null ? null : Math.round(micros / 10_000);
}
