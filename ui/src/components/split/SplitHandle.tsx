import { type PointerEvent, useRef } from 'react';
import { classes } from '../classes.ts';
import { clampWidth, type SplitBounds, widthAfterKey } from './splitWidth.ts';

/** The line between two panes. Drag, arrow keys by 16 px, Home and End, double click resets. */
export function SplitHandle({
  label,
  width,
  bounds,
  side,
  onChange,
  drawn,
}: {
  label: string;
  width: number;
  bounds: SplitBounds;
  side: 'left' | 'right';
  onChange: (width: number) => void;
  drawn?: 'hover';
}) {
  const start = useRef<{ x: number; width: number } | null>(null);
  const follow = (event: PointerEvent) => {
    if (!start.current) return;
    const moved = event.clientX - start.current.x;
    onChange(clampWidth(start.current.width + (side === 'left' ? moved : -moved), bounds));
  };
  return (
    <div
      className={classes('split-handle', drawn && `is-${drawn}`)}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={width}
      aria-valuemin={bounds.least}
      aria-valuemax={bounds.most}
      onPointerDown={(event) => {
        start.current = { x: event.clientX, width };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={follow}
      onPointerUp={() => {
        start.current = null;
      }}
      onDoubleClick={() => onChange(bounds.initial)}
      onKeyDown={(event) => {
        const next = widthAfterKey(event.key, width, bounds, side);
        if (next === null) return;
        event.preventDefault();
        onChange(next);
      }}
    />
  );
}
