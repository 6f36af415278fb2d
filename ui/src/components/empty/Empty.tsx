import type { ReactNode } from 'react';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';

/** What would be here, and the one next act. */
export function Empty({
  icon,
  title,
  children,
  action,
  level,
}: {
  icon: IconName;
  title: string;
  children: ReactNode;
  action?: ReactNode;
  level?: 2;
}) {
  return (
    <div className="empty">
      <Icon name={icon} />
      {level ? <h2>{title}</h2> : <strong className="strong">{title}</strong>}
      <span>{children}</span>
      {action}
    </div>
  );
}
