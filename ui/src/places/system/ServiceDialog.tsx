import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Field, Input, Select } from '#ui/components/field/Field.tsx';
import type { KindDto } from '#ui/ipc/bindings.ts';
import { t } from '#ui/words/words.ts';

/** What was typed, or that the host is to take the key that its environment has. */
export interface Entered {
  kind: string;
  address: string | null;
  key: { typed: string } | 'environment' | null;
}

/** Asks a service for its models, with the key that it takes. What is typed here is gone when the dialog closes. */
export function ServiceDialog({
  kinds,
  first,
  fromEnvironment,
  keptIn,
  busy,
  refused,
  onClose,
  onAsk,
}: {
  kinds: readonly KindDto[];
  first: string;
  /** The variable whose key is taken; then none is typed. */
  fromEnvironment: string | null;
  keptIn: string;
  busy: boolean;
  refused?: ReactNode;
  onClose: () => void;
  onAsk: (entered: Entered) => void;
}) {
  const [chosen, setChosen] = useState(first);
  const [address, setAddress] = useState('');
  const [typed, setTyped] = useState('');
  const kind = kinds.find((it) => it.kind === chosen);
  const at = address.trim() === '' ? null : address.trim();
  const needsAddress = kind !== undefined && kind.address === null && at === null;
  const needsKey = kind?.needs_key === true && fromEnvironment === null && typed.trim() === '';
  const reason = needsAddress ? t('models.needsAddress') : needsKey ? t('models.needsKey') : undefined;
  const ask = () => {
    const key = fromEnvironment !== null ? 'environment' : typed.trim() === '' ? null : { typed };
    onAsk({ kind: chosen, address: at, key });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={fromEnvironment === null ? t('models.addTitle') : t('models.takeTitle', { variable: fromEnvironment })}
      foot={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button kind="primary" busy={busy && t('models.asking')} reason={reason} onClick={ask}>
            {t('models.ask')}
          </Button>
        </>
      }
    >
      <form
        className="col col-12"
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          if (reason === undefined && !busy) ask();
        }}
      >
        {fromEnvironment === null && (
          <Field label={t('system.kind')}>
            <Select value={chosen} onChange={(event) => setChosen(event.target.value)}>
              {kinds.map((it) => (
                <option key={it.kind} value={it.kind}>
                  {it.title}
                </option>
              ))}
            </Select>
          </Field>
        )}
        <Field
          label={kind?.is_model === false ? t('models.script') : t('models.address')}
          hint={kind?.is_model === false ? t('models.scriptHint') : t('models.addressHint')}
        >
          <Input
            mono
            spellCheck={false}
            value={address}
            placeholder={kind?.address ?? ''}
            onChange={(event) => setAddress(event.target.value)}
          />
        </Field>
        {fromEnvironment === null && kind?.is_model !== false && (
          <Field
            label={kind?.needs_key === true ? t('models.key') : t('models.keyOptional')}
            hint={t('models.keyHint', { where: keptIn })}
          >
            <Input
              type="password"
              mono
              autoComplete="off"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        )}
        {fromEnvironment !== null && <p className="prose-s">{t('models.takeWhat', { where: keptIn })}</p>}
        {refused}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}
