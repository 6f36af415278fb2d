import { type ReactNode, useId } from 'react';
import { classes } from '../classes.ts';

/** One level only: a card never stands in a card. */
export function Card({ label, className, children }: { label?: string; className?: string; children: ReactNode }) {
  return label ? (
    <section className={classes('card', className)} aria-label={label}>
      {children}
    </section>
  ) : (
    <div className={classes('card', className)}>{children}</div>
  );
}

/** Icon or status, title, meta, one quiet action at the end. */
export function CardHead({
  lead,
  title,
  level = 3,
  meta,
  children,
}: {
  lead?: ReactNode;
  title: ReactNode;
  level?: 2 | 3;
  meta?: ReactNode;
  children?: ReactNode;
}) {
  const Heading = `h${level}` as const;
  return (
    <div className="card-head">
      {lead}
      <Heading>{title}</Heading>
      {meta && <span className="meta">{meta}</span>}
      {children}
    </div>
  );
}

/** A part of a side panel, under its small title. */
export function Section({ title, children, aside }: { title: ReactNode; children: ReactNode; aside?: ReactNode }) {
  const id = useId();
  return (
    <section className="sect" aria-labelledby={id}>
      {aside ? (
        <div className="row">
          <h4 id={id}>{title}</h4>
          {aside}
        </div>
      ) : (
        <h4 id={id}>{title}</h4>
      )}
      {children}
    </section>
  );
}

/** The head of a group in a list: its name, and at the end a count or a way to all of it. */
export function GroupHead({ children, end, first }: { children: ReactNode; end?: ReactNode; first?: boolean }) {
  return (
    <div className={classes('group-head', first ? 'group-first' : 'group-next')}>
      <h4>{children}</h4>
      {end && <span className="push">{end}</span>}
    </div>
  );
}
