import type { ReactNode } from 'react';
import { classes } from '../classes.ts';
import { StatusIcon } from '../status/StatusIcon.tsx';
import { hueOf, type Status } from '../status/statuses.ts';

/** One at a time, the worst first, and always with the way out. `flush` under the bar of a page. */
export function Banner({
  status,
  flush,
  children,
  action,
  urgent,
}: {
  status: Status;
  flush?: boolean;
  children: ReactNode;
  action?: ReactNode;
  urgent?: boolean;
}) {
  return (
    <div className={classes('banner', hueOf(status), flush && 'flush')} role={urgent ? 'alert' : 'status'}>
      <StatusIcon status={status} />
      <span>{children}</span>
      {action && <span className="push row">{action}</span>}
    </div>
  );
}
