import type { ReactNode } from 'react';
import words from './en.json';

export type SectionId = keyof typeof words.sections;
export type StateId = keyof typeof words.states;

/** One row of the gallery: the name of a component left, its states right. */
export function Spec({ id, children }: { id: SectionId; children: ReactNode }) {
  return (
    <section className="spec" id={`spec-${id}`} aria-label={words.sections[id]}>
      <h3>{words.sections[id]}</h3>
      <div className="col col-12">{children}</div>
    </section>
  );
}

export function Row({ children }: { children: ReactNode }) {
  return <div className="row row-wrap row-12">{children}</div>;
}

/** A component with the name of its state under it. */
export function Shown({ state, children }: { state: StateId; children: ReactNode }) {
  return (
    <div className="col col-4 shown">
      {children}
      <span className="meta">{words.states[state]}</span>
    </div>
  );
}

export function Note({ id }: { id: keyof typeof words.notes }) {
  return <span className="meta">{words.notes[id]}</span>;
}
