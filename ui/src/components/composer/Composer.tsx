import { type ReactNode, useRef, useState } from 'react';
import { t } from '#ui/words/words.ts';
import { Button } from '../button/Button.tsx';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';

interface ComposerProps {
  label: string;
  placeholder: string;
  /** On the button. */
  sendWords: string;
  sendKeys?: string | undefined;
  /** A promise of `false` says that it was refused: the words stay then, so that nobody types them twice. */
  onSend: (text: string) => unknown;
  /** In the foot, before the button. Without it the button stands beside the text, in one line. */
  foot?: ReactNode;
  rows?: number;
  /** Between the words and the foot: what is sent with them. */
  brings?: ReactNode;
  /** Why it cannot be sent yet. */
  reason?: string | undefined;
  onPasteFiles?: (files: readonly File[]) => void;
  /** Sending nothing is an act too: going on without a first request. */
  mayBeEmpty?: boolean;
}

/** Where a person says something. Enter sends, Shift Enter adds a line; it grows with its text and keeps it until it is sent. */
export function Composer({
  label,
  placeholder,
  sendWords,
  sendKeys,
  onSend,
  foot,
  rows = 1,
  mayBeEmpty = false,
  brings,
  reason,
  onPasteFiles,
}: ComposerProps) {
  const [text, setText] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  const [busy, setBusy] = useState(false);
  const clear = () => {
    setText('');
    if (box.current) box.current.style.height = 'auto';
  };
  const submit = () => {
    const said = text.trim();
    if (busy || reason) return;
    if (said === '' && !mayBeEmpty) {
      box.current?.focus();
      return;
    }
    const taken = onSend(said);
    if (!(taken instanceof Promise)) {
      clear();
      return;
    }
    setBusy(true);
    // What was said is answered above, by keys, and the answer can be there before this is done.
    box.current?.blur();
    void taken.then((ok: unknown) => {
      setBusy(false);
      if (ok === false) box.current?.focus();
      else clear();
    });
  };
  return (
    <div className={classes('composer', !foot && 'row composer-inline')}>
      <textarea
        ref={box}
        rows={rows}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        readOnly={busy}
        onChange={(event) => {
          setText(event.target.value);
          growWithText(event.target);
        }}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          // A table copied from a spreadsheet is a picture too; whoever pastes it means the words.
          if (!onPasteFiles || files.length === 0 || event.clipboardData.getData('text/plain') !== '') return;
          event.preventDefault();
          onPasteFiles(files);
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      {brings}
      {foot ? (
        <div className="composer-foot">
          {foot}
          {reason && (
            <span className="meta" role="status">
              {reason}
            </span>
          )}
          <Button
            kind="primary"
            small={!sendKeys}
            keys={sendKeys}
            onClick={submit}
            className="push"
            busy={busy && t('act.sending')}
            reason={reason}
          >
            {!sendKeys && <Icon name="send" size={12} />}
            {sendWords}
          </Button>
        </div>
      ) : (
        <Button small onClick={submit}>
          {sendWords}
        </Button>
      )}
    </div>
  );
}

const MOST_HEIGHT = 240;

function growWithText(area: HTMLTextAreaElement) {
  area.style.height = 'auto';
  area.style.height = `${Math.min(area.scrollHeight, MOST_HEIGHT)}px`;
}
