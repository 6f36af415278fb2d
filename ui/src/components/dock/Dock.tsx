import type { ReactNode } from 'react';

/** The decision of the page: acts left, what follows from them right. It sticks where panes stack. */
export function Dock({ label, children, note }: { label: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className="dock" role="group" aria-label={label}>
      {children}
      {note && <span className="meta push wide">{note}</span>}
    </div>
  );
}
