import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Field, Input, Textarea } from '#ui/components/field/Field.tsx';
import type { CallError } from '#ui/ipc/errors.ts';
import { useCommand } from '#ui/ipc/operations.ts';
import { Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';

/** Hands something to one member: a request, planned with that member for every step. It begins once the plan is approved. */
export function DelegateDialog({ member, onClose }: { member: string; onClose: () => void }) {
  const navigate = useNavigate();
  const file = useCommand('request.file');
  const plan = useCommand('plan.make');
  const refine = useCommand('plan.refine');
  const [text, setText] = useState('');
  const [folder, setFolder] = useState('');
  const [error, setError] = useState<CallError | null>(null);
  const busy = file.isPending || plan.isPending || refine.isPending;
  const send = async () => {
    setError(null);
    const filed = await file.mutateAsync({ text: text.trim(), folder: folder.trim() || null });
    const made = await plan.mutateAsync({ request: filed.id });
    const edits = made.steps.map((step) => ({
      step: step.id,
      remove: false,
      title: null,
      instructions: null,
      assignee: member,
      depends_on: null,
    }));
    await refine.mutateAsync({ project: made.project, version: made.version, feedback: null, edits, workplace: null });
    await navigate({ to: '/projects/$project/$tab', params: { project: made.project, tab: 'plan' } });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('delegate.title', { name: member })}
      foot={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button
            kind="primary"
            busy={busy && t('delegate.planning')}
            reason={text.trim() === '' ? t('form.empty') : undefined}
            onClick={() => void send().catch((thrown: CallError) => setError(thrown))}
          >
            {t('delegate.plan')}
          </Button>
        </>
      }
    >
      <div className="col col-12">
        <Field label={t('delegate.what')} hint={t('delegate.hint')}>
          <Textarea rows={4} autoFocus value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <Field label={t('home.folderLabel')}>
          <Input
            mono
            value={folder}
            spellCheck={false}
            placeholder={t('home.folderExample')}
            onChange={(event) => setFolder(event.target.value)}
          />
        </Field>
        <Refused errors={[error]} />
      </div>
    </Dialog>
  );
}
