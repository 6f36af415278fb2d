import type { MicroUsd } from './format.ts';

/** "$0.23" of the host as a number again; null for what is not an amount. */
export function microDollars(text: string): MicroUsd | null {
  const match = /^(-?)\$([\d,]+(?:\.\d+)?)$/.exec(text);
  if (!match?.[2]) return null;
  return Math.round(Number(match[2].replaceAll(',', '')) * 1e6) * (match[1] ? -1 : 1);
}
