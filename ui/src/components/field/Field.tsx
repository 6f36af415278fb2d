import { type ComponentPropsWithRef, createContext, type ReactNode, use, useId } from 'react';
import { classes } from '../classes.ts';

interface FieldIds {
  control: string;
  note: string | undefined;
  invalid: boolean;
}

const FieldContext = createContext<FieldIds | null>(null);

/** Label above, hint below. An error takes the hint's place and is tied to the control. */
export function Field({
  label,
  hint,
  error,
  children,
}: {
  label: string;
  hint?: string;
  error?: string | undefined;
  children: ReactNode;
}) {
  const control = useId();
  const noteId = useId();
  const note = error ?? hint;
  return (
    <FieldContext value={{ control, note: note ? noteId : undefined, invalid: Boolean(error) }}>
      <div className="field">
        <label className="label" htmlFor={control}>
          {label}
        </label>
        {children}
        {note && (
          <span id={noteId} className={classes('hint', error && 'bad')}>
            {note}
          </span>
        )}
      </div>
    </FieldContext>
  );
}

function useField() {
  const ids = use(FieldContext);
  return ids ? { id: ids.control, 'aria-describedby': ids.note, 'aria-invalid': ids.invalid || undefined } : {};
}

type Drawn = { drawn?: 'focus' };

/** Amounts stand right; `mono` for paths, commands and capabilities. */
export function Input({
  amount,
  mono,
  drawn,
  className,
  ...rest
}: Drawn & { amount?: boolean; mono?: boolean } & ComponentPropsWithRef<'input'>) {
  return (
    <input
      className={classes('input', amount && 'num', mono && 'mono', drawn && `is-${drawn}`, className)}
      {...useField()}
      {...rest}
    />
  );
}

export function Select({ className, ...rest }: ComponentPropsWithRef<'select'>) {
  return <select className={classes('select', className)} {...useField()} {...rest} />;
}

export function Textarea({ className, ...rest }: ComponentPropsWithRef<'textarea'>) {
  return <textarea className={classes('textarea', className)} {...useField()} {...rest} />;
}
