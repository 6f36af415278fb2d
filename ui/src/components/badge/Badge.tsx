import type { ReactNode } from 'react';
import { t } from '#ui/words/words.ts';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';
import { StatusIcon } from '../status/StatusIcon.tsx';
import { hueOf, type Status } from '../status/statuses.ts';

/** A status with its icon and its word. Never clickable. */
export function Badge({ status, children }: { status: Status; children?: ReactNode }) {
  return (
    <span className={classes('badge', hueOf(status))}>
      <StatusIcon status={status} worded />
      {children ?? t(`status.${status}`)}
    </span>
  );
}

/** A fact about an effect or a reading, in the same shape without a hue. */
export function FactBadge({ icon, children }: { icon?: IconName; children: ReactNode }) {
  return (
    <span className="badge">
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

/** A neutral fact: a tier, a version, a capability. */
export function Tag({ mono, children }: { mono?: boolean; children: ReactNode }) {
  return <span className={classes('tag', mono && 'mono')}>{children}</span>;
}
