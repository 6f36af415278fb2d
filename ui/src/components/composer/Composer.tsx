import { type ReactNode, useEffect, useRef, useState } from 'react';
import { classes } from '../classes.ts';

/** Where a person says something. Enter sends, Shift Enter adds a line; it grows with its text and keeps it until it is sent. */
export function Composer({
  label,
  placeholder,
  onSend,
  foot,
  inline,
  send,
  rows = 1,
  initial = '',
}: {
  label: string;
  placeholder: string;
  onSend: (text: string) => void;
  foot?: (send: ReactNode) => ReactNode;
  inline?: boolean;
  send: (state: { ready: boolean; onClick: () => void }) => ReactNode;
  rows?: number;
  initial?: string;
}) {
  const [text, setText] = useState(initial);
  const box = useRef<HTMLTextAreaElement>(null);
  const ready = text.trim().length > 0;
  // Its height follows what was typed, so it has to be measured after each change.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is what changes the height
  useEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 240)}px`;
  }, [text]);
  const submit = () => {
    if (!ready) return;
    onSend(text.trim());
    setText('');
  };
  const button = send({ ready, onClick: submit });
  return (
    <div className={classes('composer', inline && 'row composer-inline')}>
      <textarea
        ref={box}
        rows={rows}
        aria-label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            submit();
          }
        }}
      />
      {foot ? <div className="composer-foot">{foot(button)}</div> : button}
    </div>
  );
}
