export interface SplitBounds {
  least: number;
  most: number;
  /** What a double click goes back to. */
  initial: number;
}

export const SPLIT_STEP = 16;

export function clampWidth(width: number, { least, most }: SplitBounds): number {
  return Math.min(most, Math.max(least, Math.round(width)));
}

/** `side`: the pane the handle sizes lies left or right of it, so the same arrow grows one and shrinks the other. */
export function widthAfterKey(key: string, width: number, bounds: SplitBounds, side: 'left' | 'right'): number | null {
  const grow = side === 'left' ? 1 : -1;
  switch (key) {
    case 'ArrowRight':
      return clampWidth(width + grow * SPLIT_STEP, bounds);
    case 'ArrowLeft':
      return clampWidth(width - grow * SPLIT_STEP, bounds);
    case 'Home':
      return bounds.least;
    case 'End':
      return bounds.most;
    default:
      return null;
  }
}
