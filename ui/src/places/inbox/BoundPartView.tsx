import { type ReactNode, useId, useState } from 'react';
import { BoundPart } from '#ui/components/approval/Approval.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Code, Command } from '#ui/components/code/Code.tsx';
import { Change, DiffLines } from '#ui/components/diff/Diff.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import type { IconName } from '#ui/components/icon/icons.ts';
import { TextLines } from '#ui/components/lines/Lines.tsx';
import { Skeleton } from '#ui/components/skeleton/Skeleton.tsx';
import { bytes, count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { BoundPartModel } from './model.ts';

/** One part of what is approved, whole: nothing of it is cut or coloured away, and what is folded was not seen. */
export function BoundPartView({ part, onSeen }: { part: BoundPartModel; onSeen: () => void }) {
  switch (part.kind) {
    case 'loading':
      return (
        <div className="part">
          <PartHead icon="file" name={part.name} />
          <div className="pad-s">
            <Skeleton />
          </div>
        </div>
      );
    case 'command':
      return (
        <BoundPart onSeen={onSeen}>
          <PartHead icon="term" name={t('approval.command')} strong>
            <span className="meta mono cut grow">{t('approval.in', { folder: part.folder })}</span>
            <span className="meta narrow-hide">{t('approval.arguments', { count: part.words.length - 1 })}</span>
          </PartHead>
          <Code>
            <Command words={part.words} />
          </Code>
          <KeyValues className="bound-limits" facts={part.limits} />
        </BoundPart>
      );
    case 'diff':
      return (
        <Seen onSeen={onSeen} className="diff">
          {(onEnd) => (
            <>
              <PartHead icon="file" name={part.diff.path} mono>
                <Change added={part.diff.added} removed={part.diff.removed} />
              </PartHead>
              <DiffLines lines={part.diff.lines} onEnd={onEnd} />
            </>
          )}
        </Seen>
      );
    case 'data':
      return <DataPart part={part} onSeen={onSeen} />;
  }
}

function PartHead({
  icon,
  name,
  strong,
  mono,
  children,
}: {
  icon: IconName;
  name: string;
  strong?: boolean;
  mono?: boolean;
  children?: ReactNode;
}) {
  return (
    <div className="diff-head">
      <Icon name={icon} />
      {strong ? <strong className="strong">{name}</strong> : <span className={mono ? 'mono cut' : 'cut'}>{name}</span>}
      {children}
    </div>
  );
}

/** Seen is what had its end in view, and the last line of a box that scrolls by itself too. */
function Seen({
  onSeen,
  className,
  children,
}: {
  onSeen: () => void;
  className?: string;
  children: (onEnd: () => void) => ReactNode;
}) {
  const [ended, setEnded] = useState(false);
  return (
    <BoundPart {...(ended && { onSeen })} {...(className && { className })}>
      {children(() => setEnded(true))}
    </BoundPart>
  );
}

/** What a program reads, line by line. */
function DataPart({ part, onSeen }: { part: Extract<BoundPartModel, { kind: 'data' }>; onSeen: () => void }) {
  const [open, setOpen] = useState(true);
  const id = useId();
  const lines = part.text.split('\n');
  return (
    <div className="part">
      <PartHead icon="clip" name={part.name} strong>
        <span className="meta grow">
          {t('exactly.lines', { count: lines.length, amount: count(lines.length) })}
          {part.bytes !== undefined && `, ${bytes(part.bytes)}`}
        </span>
        <Button kind="quiet" small aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
          {open ? t('exactly.fold') : t('exactly.unfold')}
        </Button>
      </PartHead>
      <div id={id} hidden={!open}>
        {open && <Seen onSeen={onSeen}>{(onEnd) => <TextLines label={part.name} lines={lines} onEnd={onEnd} />}</Seen>}
      </div>
    </div>
  );
}
