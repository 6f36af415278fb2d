import { sparkPath } from './sparkPath.ts';

/** The course of one figure, without axes: the label says what it shows, the table beside it the values. */
export function Spark({ label, values }: { label: string; values: readonly number[] }) {
  return (
    <svg className="spark" viewBox="0 0 64 16" role="img" aria-label={label}>
      <path d={sparkPath(values, 64, 16)} />
    </svg>
  );
}
