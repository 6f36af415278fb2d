import { BoundPart } from '#ui/components/approval/Approval.tsx';
import { Code, Command } from '#ui/components/code/Code.tsx';
import { Change, DiffLines } from '#ui/components/diff/Diff.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { t } from '#ui/words/words.ts';
import type { BoundPartModel } from './model.ts';

/** One part of what is approved, whole: nothing of it is cut, folded or coloured away. */
export function BoundPartView({ part, onSeen }: { part: BoundPartModel; onSeen: () => void }) {
  if (part.kind === 'command') {
    return (
      <BoundPart onSeen={onSeen}>
        <div className="diff-head">
          <Icon name="term" />
          <strong className="strong">{t('approval.command')}</strong>
          <span className="meta mono cut grow">{t('approval.in', { folder: part.folder })}</span>
          <span className="meta narrow-hide">{t('approval.arguments', { count: part.argv.length - 1 })}</span>
        </div>
        <Code>
          <Command argv={part.argv} />
          {part.limits.map((limit) => (
            <span key={limit.label} className="dim">
              {'\n'}
              {limit.label.padEnd(12)}
              {limit.value}
            </span>
          ))}
        </Code>
      </BoundPart>
    );
  }
  if (part.kind === 'diff') {
    return (
      <BoundPart onSeen={onSeen} className="diff">
        <div className="diff-head">
          <Icon name="file" />
          <span className="mono cut">{part.diff.path}</span>
          <Change added={part.diff.added} removed={part.diff.removed} />
        </div>
        <DiffLines lines={part.diff.lines} />
      </BoundPart>
    );
  }
  return (
    <BoundPart onSeen={onSeen}>
      <div className="diff-head">
        <Icon name="clip" />
        <strong className="strong">{part.name}</strong>
      </div>
      <Code>{part.text}</Code>
    </BoundPart>
  );
}
