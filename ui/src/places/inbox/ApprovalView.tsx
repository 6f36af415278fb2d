import { useState } from 'react';
import { Bound, Votes } from '#ui/components/approval/Approval.tsx';
import { Badge, FactBadge } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { type Fact, Facts, KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { countOf, deadline, money, moneyOf } from '#ui/words/format.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import { ApprovalForm, type FormKind } from './ApprovalForm.tsx';
import { BoundPartView } from './BoundPartView.tsx';
import { EFFECT_ICONS } from './effects.ts';
import type { ApprovalDecision, ApprovalDetail, InboxActs } from './model.ts';
import { OriginLine } from './OriginLine.tsx';
import { isRisky, useConfirm } from './useConfirm.ts';

/** An effect that waits for a permit: what exactly, why it asks, what follows, who decides. */
export function ApprovalView({ detail, acts }: { detail: ApprovalDetail; acts: InboxActs }) {
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const [form, setForm] = useState<FormKind | null>(null);
  const unseen = detail.parts.length - seen.size;
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <ApprovalHead detail={detail} />
          {detail.stale && <Banner status="wait">{detail.stale}</Banner>}
          <Facts facts={approvalFacts(detail)} />
          <Bound title={t('approval.title')} hex={detail.hash} parts={detail.parts.length} size={detail.bytes}>
            {detail.facts && <KeyValues className="part bound-where" facts={detail.facts} />}
            {detail.parts.map((part, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the parts of an approval never change place
              <BoundPartView key={index} part={part} onSeen={() => setSeen((before) => new Set(before).add(index))} />
            ))}
          </Bound>
          <div className="grid-2">
            <div className="col">
              <h3>{t('approval.why')}</h3>
              <p className="prose-s">
                <Rich text={detail.why} />
              </p>
              {detail.rule && <p className="meta break">{t('approval.ruleWould', { rule: detail.rule })}</p>}
              <RulePart detail={detail} onAlways={() => setForm('always')} unseen={unseen} />
            </div>
            <div className="col">
              <h3>{t('approval.next')}</h3>
              <p className="prose-s">
                <Rich text={detail.next} />
              </p>
            </div>
          </div>
          {detail.votes && (
            <div className="col">
              <h3>
                {t('approval.approvers')}{' '}
                <span className="meta">
                  {t('approval.needed', { amount: countOf(detail.votes.need, detail.votes.of) })}
                </span>
              </h3>
              <Votes votes={detail.votes.each} />
            </div>
          )}
        </div>
      </div>
      {form ? (
        <ApprovalForm detail={detail} acts={acts} form={form} onClose={() => setForm(null)} />
      ) : (
        <ApprovalDock detail={detail} acts={acts} unseen={unseen} onForm={setForm} />
      )}
    </>
  );
}

function ApprovalHead({ detail }: { detail: ApprovalDetail }) {
  const clock = useClock();
  return (
    <div className="col col-4">
      {detail.origin && <OriginLine origin={detail.origin} />}
      <h1>{detail.title}</h1>
      <div className="row row-wrap row-4">
        <Badge status="wait">
          {detail.votes &&
            t('approval.have', { count: detail.votes.need, amount: countOf(detail.votes.have, detail.votes.need) })}
        </Badge>
        {detail.effects.map((effect) => (
          <FactBadge key={effect} icon={EFFECT_ICONS[effect]}>
            {t(`effect.${effect}`)}
          </FactBadge>
        ))}
        {detail.outsideFolder && <FactBadge icon="edit">{t('approval.outside')}</FactBadge>}
        <FactBadge icon={detail.canUndo ? 'rewind' : 'lock'}>
          {detail.canUndo ? t('approval.undo') : t('approval.noUndo')}
        </FactBadge>
        {detail.expires !== undefined && (
          <span className="meta">{t('approval.expires', { time: deadline(clock, detail.expires) })}</span>
        )}
      </div>
    </div>
  );
}

function approvalFacts(detail: ApprovalDetail): Fact[] {
  return [
    ...(detail.asker ? [{ label: t('approval.asker'), value: <MemberChip member={detail.asker} /> }] : []),
    {
      label: t('approval.device'),
      value: (
        <>
          <Icon name="device" />
          {detail.device}
        </>
      ),
    },
    ...(detail.most === undefined ? [] : [{ label: t('approval.most'), value: money(detail.most) }]),
    ...(detail.budgetLeft
      ? [{ label: t('approval.budgetLeft'), value: moneyOf(detail.budgetLeft.left, detail.budgetLeft.of) }]
      : []),
  ];
}

function ApprovalDock({
  detail,
  acts,
  unseen,
  onForm,
}: {
  detail: ApprovalDetail;
  acts: InboxActs;
  unseen: number;
  onForm: (form: FormKind) => void;
}) {
  const confirm = useConfirm(detail.id);
  const grave = detail.grave ?? isRisky(detail.effects);
  const may = (decision: ApprovalDecision) => detail.allowed.includes(decision);
  const approve = () => confirm.press('approve', grave, () => acts.approve(detail.id, detail.hash));
  const blocked = detail.stale ?? (unseen > 0 ? t('approval.unseen', { count: unseen }) : undefined);
  const note = confirm.asked
    ? t('approval.again')
    : unseen > 0
      ? t('approval.unseen', { count: unseen })
      : detail.editVoids && t('approval.editVoids', { name: detail.editVoids });
  return (
    <Dock label={t('approval.decision')} note={note}>
      {may('approve') && (
        <ActButton action="approve" kind="primary" onAct={approve} reason={blocked}>
          {confirm.asked ? t('approval.approveNow') : t('action.approve')}
        </ActButton>
      )}
      {confirm.asked ? (
        <Button onClick={confirm.cancel}>{t('act.cancel')}</Button>
      ) : (
        <>
          {may('deny') && (
            <ActButton action="deny" kind="danger" onAct={() => onForm('deny')}>
              {t('approval.deny')}
            </ActButton>
          )}
          {may('edit') && (
            <ActButton action="edit" onAct={() => onForm('edit')}>
              {t('approval.edit')}
            </ActButton>
          )}
          {may('changes') && (
            <ActButton action="askForChanges" kind="quiet" onAct={() => onForm('changes')}>
              {t('approval.ask')}
            </ActButton>
          )}
        </>
      )}
    </Dock>
  );
}

/** What a standing rule would allow, before it is made. */
function RulePart({ detail, onAlways, unseen }: { detail: ApprovalDetail; onAlways: () => void; unseen: number }) {
  if (!detail.allowed.includes('always')) return <p className="meta">{t('approval.noRule')}</p>;
  return (
    <Button
      kind="quiet"
      className="link"
      onClick={onAlways}
      reason={unseen > 0 ? t('approval.unseen', { count: unseen }) : undefined}
    >
      {t('approval.always')}
    </Button>
  );
}
