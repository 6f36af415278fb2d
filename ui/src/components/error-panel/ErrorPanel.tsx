import type { ReactNode } from 'react';
import { StatusIcon } from '../status/StatusIcon.tsx';

/** What failed, why, what is kept, what to do; the code last, for whoever looks it up. */
export function ErrorPanel({
  title,
  children,
  actions,
  code,
}: {
  title: string;
  children: ReactNode;
  actions?: ReactNode;
  code?: string | undefined;
}) {
  return (
    <div className="error-panel" role="alert">
      <div className="row">
        <StatusIcon status="fail" worded />
        <strong className="strong">{title}</strong>
      </div>
      <span>{children}</span>
      {actions && <div className="row row-wrap">{actions}</div>}
      {code && <span className="meta mono">{code}</span>}
    </div>
  );
}
