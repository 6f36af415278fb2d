import { t } from '#ui/words/words.ts';
import { classes } from '../classes.ts';

export interface LogLine {
  time: string;
  level: 'info' | 'warn' | 'error';
  text: string;
}

const TINT = { info: undefined, warn: 'warn', error: 'err' } as const;

/** Not a live region: it would never be silent. */
export function Log({ lines }: { lines: readonly LogLine[] }) {
  return (
    <div className="card log" role="log" aria-live="off">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <div key={index} className={classes('ll', TINT[line.level])}>
          <span>{line.time}</span>
          <span>{t(`log.${line.level}`)}</span>
          <span>{line.text}</span>
        </div>
      ))}
    </div>
  );
}
