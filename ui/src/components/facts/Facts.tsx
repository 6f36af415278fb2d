import { Fragment, type ReactNode } from 'react';
import { classes } from '../classes.ts';

export interface Fact {
  label: string;
  value: ReactNode;
}

/** A few facts side by side, label over value. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map((fact) => (
        <div key={fact.label}>
          <dt className="label">{fact.label}</dt>
          <dd className="val">{fact.value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Label and value in a line each. `figures`: values stand right, as sums do. */
export function KeyValues({
  facts,
  figures,
  wide,
  className,
}: {
  facts: readonly Fact[];
  figures?: boolean;
  wide?: boolean;
  className?: string;
}) {
  return (
    <dl className={classes('kv', figures && 'kv-fig', wide && 'kv-wide', className)}>
      {facts.map((fact) => (
        <Fragment key={fact.label}>
          <dt>{fact.label}</dt>
          <dd>{fact.value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
