import { classes } from '../classes.ts';
import { meterParts } from './meterParts.ts';

/** A limit: what is used, what running work has reserved (hatched), a mark where the warning begins. Words stand beside it. */
export function Meter({
  label,
  used,
  held = 0,
  of,
  warnAt = 0.8,
  width,
}: {
  label: string;
  used: number;
  held?: number;
  of: number;
  warnAt?: number;
  width?: number;
}) {
  const parts = meterParts(used, held, of, warnAt);
  return (
    <span
      className={classes('meter', parts.tone)}
      role="meter"
      aria-label={label}
      aria-valuenow={parts.used}
      aria-valuemin={0}
      aria-valuemax={100}
      style={
        { '--v': `${parts.used}%`, '--h': `${parts.held}%`, '--w': `${warnAt * 100}%`, width } as React.CSSProperties
      }
    >
      <span className="used" />
      <span className="held" />
      <span className="warn" />
    </span>
  );
}
