import type { ReactNode } from 'react';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';

/** What every item of a list shows: status left, title, meta right, a second line below. */
export interface ItemProps {
  status: Status;
  title: ReactNode;
  meta?: ReactNode;
  line?: ReactNode;
  /** In place of the meta, over both lines: a switch or one button. */
  action?: ReactNode;
}

export function ItemParts({ status, title, meta, line, action }: ItemProps) {
  return (
    <>
      <StatusIcon status={status} />
      <span className="cut strong">{title}</span>
      {action ? <span className="item-action">{action}</span> : <span className="meta">{meta}</span>}
      {line !== undefined && (
        <span className="item-2">
          <span className="cut">{line}</span>
        </span>
      )}
    </>
  );
}

/** An item that is not chosen, but opens something. */
export function LinkItem({ href, ...parts }: ItemProps & { href: string }) {
  return (
    <a className="item" href={href}>
      <ItemParts {...parts} />
    </a>
  );
}

export function Item(parts: ItemProps) {
  return (
    <div className="item">
      <ItemParts {...parts} />
    </div>
  );
}
