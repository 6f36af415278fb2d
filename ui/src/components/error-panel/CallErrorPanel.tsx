import { CallError } from '#ui/ipc/errors.ts';
import { t } from '#ui/words/words.ts';
import { Button } from '../button/Button.tsx';
import { ErrorPanel } from './ErrorPanel.tsx';

/** The error of a call, with its hint and a way to try again. */
export function CallErrorPanel({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const known = CallError.from(error);
  return (
    <ErrorPanel
      title={known.message}
      code={known.code}
      actions={
        onRetry && (
          <Button small onClick={onRetry}>
            {t('act.tryAgain')}
          </Button>
        )
      }
    >
      {linesOf(known.details).map((line) => (
        <span key={line} className="error-line">
          {line}
        </span>
      ))}
      {known.hint ?? t('state.nothingLost')}
    </ErrorPanel>
  );
}

/** Details are lines or nothing. */
function linesOf(details: unknown): string[] {
  return Array.isArray(details) ? details.filter((line) => typeof line === 'string') : [];
}
