import { classes } from '../classes.ts';

type Tone = 'run' | 'done' | 'wait' | 'fail' | 'build' | 'plain';

const percentage = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * 100);

/** How far one piece of work is. Give the name of the work; the figure stands beside it. */
export function Progress({ label, share, tone = 'run' }: { label: string; share: number; tone?: Tone }) {
  const value = percentage(share);
  return (
    <div
      className={classes('progress', tone !== 'run' && tone)}
      role="progressbar"
      aria-label={label}
      aria-valuenow={value}
      aria-valuemin={0}
      aria-valuemax={100}
      style={{ '--v': `${value}%` } as React.CSSProperties}
    >
      <i />
    </div>
  );
}
