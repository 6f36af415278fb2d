/** Shares of a limit in whole percent. Nothing reaches past the end, and what is reserved never hides what is used. */
export function meterParts(
  used: number,
  held: number,
  of: number,
  warnAt: number,
): { used: number; held: number; tone: 'wait' | 'fail' | undefined } {
  if (of <= 0) return { used: used > 0 ? 100 : 0, held: 0, tone: used > 0 ? 'fail' : undefined };
  const usedPart = Math.min(100, Math.round((used / of) * 100));
  const heldPart = Math.min(100 - usedPart, Math.round((held / of) * 100));
  const tone = used >= of ? 'fail' : used >= of * warnAt ? 'wait' : undefined;
  return { used: usedPart, held: heldPart, tone };
}
