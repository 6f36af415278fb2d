import type { ReactNode } from 'react';
import { count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import { Lines } from '../lines/Lines.tsx';

export interface DiffLine {
  kind: 'same' | 'add' | 'del' | 'hunk';
  old?: number;
  new?: number;
  text: string;
}

export interface FileDiff {
  path: string;
  added: number;
  removed: number;
  lines: readonly DiffLine[];
}

const SIGN = { same: '', add: '+', del: '-', hunk: '' } as const;

export function Change({ added, removed }: { added: number; removed: number }) {
  return (
    <>
      <span className="meta t-done">{added > 0 && `+${count(added)}`}</span>
      <span className="meta t-fail">{removed > 0 && `−${count(removed)}`}</span>
    </>
  );
}

/** Lines as they are, with their numbers before and after. Long ones scroll inside. */
export function Diff({ diff, end, className }: { diff: FileDiff; end?: ReactNode; className?: string }) {
  return (
    <div className={classes('diff', className)}>
      <div className="diff-head">
        <Icon name="file" />
        <span className="mono cut">{diff.path}</span>
        <Change added={diff.added} removed={diff.removed} />
        {end && <span className="push row">{end}</span>}
      </div>
      <DiffLines lines={diff.lines} />
    </div>
  );
}

/** `onEnd`: the last line was in view. */
export function DiffLines({ lines, onEnd }: { lines: readonly DiffLine[]; onEnd?: () => void }) {
  return (
    <Lines
      label={t('diff.label')}
      count={lines.length}
      onEnd={onEnd}
      line={(index) => {
        const line = lines[index];
        return (
          line && (
            <div key={index} className={classes('dl', line.kind !== 'same' && line.kind)}>
              <span>{line.old}</span>
              <span>{line.new}</span>
              <span>{SIGN[line.kind]}</span>
              <span>{line.text}</span>
            </div>
          )
        );
      }}
    />
  );
}
