import { Button } from '#ui/components/button/Button.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { useAction } from '#ui/frame/keys.tsx';
import { WordsForm } from '#ui/places/shared/WordsForm.tsx';
import { t } from '#ui/words/words.ts';
import type { ApprovalDetail, InboxActs } from './model.ts';

export type FormKind = 'deny' | 'changes' | 'edit' | 'always';

/** What a decision needs besides the press: a reason, words, other bytes, or a second look at a rule. */
export function ApprovalForm({
  detail,
  acts,
  form,
  onClose,
}: {
  detail: ApprovalDetail;
  acts: InboxActs;
  form: FormKind;
  onClose: () => void;
}) {
  const { id, hash } = detail;
  if (form === 'always') return <AlwaysDock detail={detail} acts={acts} onClose={onClose} />;
  if (form === 'edit') {
    return (
      <div className="decision-form">
        <WordsForm
          mono
          rows={12}
          label={t('approval.editWhat')}
          hint={t('approval.editHint')}
          initial={detail.content ?? ''}
          sendWords={t('approval.editSend')}
          onSend={(content) => acts.edit(id, hash, content)}
          onCancel={onClose}
        />
      </div>
    );
  }
  return (
    <div className="decision-form">
      {form === 'deny' ? (
        <WordsForm
          optional
          kind="danger"
          label={t('approval.denyWhy')}
          hint={t('approval.denyHint')}
          sendWords={t('action.deny')}
          onSend={(reason) => acts.deny(id, hash, reason)}
          onCancel={onClose}
        />
      ) : (
        <WordsForm
          label={t('approval.askWhat')}
          hint={t('approval.askHint')}
          sendWords={t('action.askForChanges')}
          onSend={(words) => acts.askForChanges(id, hash, words)}
          onCancel={onClose}
        />
      )}
    </div>
  );
}

function AlwaysDock({ detail, acts, onClose }: { detail: ApprovalDetail; acts: InboxActs; onClose: () => void }) {
  useAction('back', onClose);
  return (
    <>
      <div className="decision-form words-form col col-4">
        <h3>{t('approval.ruleTitle')}</h3>
        <p className="prose-s mono rule-words">{detail.rule}</p>
        <p className="meta">{t('approval.ruleHolds')}</p>
      </div>
      <Dock label={t('approval.decision')}>
        <Button kind="primary" onClick={() => acts.alwaysAllow(detail.id, detail.hash)}>
          {t('approval.ruleMake')}
        </Button>
        <Button onClick={onClose}>{t('act.cancel')}</Button>
      </Dock>
    </>
  );
}
