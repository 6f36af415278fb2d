import { useEffect, useRef, useState } from 'react';
import { Button, type ButtonKind } from '#ui/components/button/Button.tsx';
import { Field, Textarea } from '#ui/components/field/Field.tsx';
import { useAction, useKeysOf } from '#ui/frame/keys.tsx';
import { t } from '#ui/words/words.ts';

/** What a decision or a change needs in words, asked where the act was begun. Esc takes it back, ⌘↵ sends it. */
export function WordsForm({
  label,
  hint,
  sendWords,
  kind = 'primary',
  optional = false,
  initial = '',
  rows = 3,
  mono = false,
  busy,
  onSend,
  onCancel,
}: {
  label: string;
  hint?: string;
  sendWords: string;
  kind?: ButtonKind;
  optional?: boolean;
  initial?: string;
  rows?: number;
  mono?: boolean;
  busy?: string | false;
  onSend: (text: string) => void;
  onCancel: () => void;
}) {
  const [text, setText] = useState(initial);
  const area = useRef<HTMLTextAreaElement>(null);
  const keys = useKeysOf('send');
  const empty = !optional && text.trim() === '';
  const send = () => onSend(mono ? text : text.trim());
  useAction('send', empty || busy ? null : send);
  useAction('back', onCancel);
  useEffect(() => area.current?.focus(), []);
  return (
    <div className="words-form col col-12" role="group" aria-label={label}>
      <Field label={label} {...(hint !== undefined && { hint })}>
        <Textarea
          ref={area}
          rows={rows}
          className={mono ? 'mono' : undefined}
          spellCheck={!mono}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <div className="row row-wrap">
        <Button
          kind={kind}
          keys={keys}
          busy={busy ?? false}
          reason={empty ? t('form.empty') : undefined}
          onClick={send}
        >
          {sendWords}
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          {t('act.cancel')}
        </Button>
      </div>
    </div>
  );
}
