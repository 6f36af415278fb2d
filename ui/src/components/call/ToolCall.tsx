import { type ReactNode, useState } from 'react';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';

/** A tool call is one line; where it has more to show, it opens. */
export function ToolCall({
  status,
  tool,
  args,
  meta,
  children,
}: {
  status: Status;
  tool: string;
  args: string;
  meta?: ReactNode;
  children?: ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const line = (
    <>
      <StatusIcon status={status} />
      <span className="cut">
        <b>{tool}</b> {args}
      </span>
      <span className="meta">{meta}</span>
    </>
  );
  if (!children) return <div className="call">{line}</div>;
  return (
    <>
      <button type="button" className="call" aria-expanded={open} onClick={() => setOpen(!open)}>
        {line}
      </button>
      {open && children}
    </>
  );
}
