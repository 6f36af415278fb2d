import { useState } from 'react';
import { Bound, Votes } from '#ui/components/approval/Approval.tsx';
import { Badge, FactBadge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { type Fact, Facts } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import type { IconName } from '#ui/components/icon/icons.ts';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, countOf, money, moneyOf } from '#ui/words/format.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import { BoundPartView } from './BoundPartView.tsx';
import type { ApprovalDetail, EffectClass, InboxActs } from './model.ts';
import { OriginLine } from './OriginLine.tsx';
import { isRisky, useConfirm } from './useConfirm.ts';

const EFFECT_ICONS: Record<EffectClass, IconName> = {
  read: 'eye',
  write: 'edit',
  run: 'term',
  network: 'out',
  delete: 'x',
  push: 'branch',
  post: 'send',
  spend: 'money',
};

/** An effect that waits for a permit: what exactly, why it asks, what follows, who decides. */
export function ApprovalView({ detail, acts }: { detail: ApprovalDetail; acts: InboxActs }) {
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const unseen = detail.parts.length - seen.size;
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <ApprovalHead detail={detail} />
          <Facts facts={approvalFacts(detail)} />
          <Bound title={t('approval.title')} hex={detail.hash} parts={detail.parts.length} size={detail.bytes}>
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
              <Button kind="quiet" className="link" onClick={() => acts.alwaysAllow(detail.id)}>
                {t('approval.always')}
              </Button>
            </div>
            <div className="col">
              <h3>{t('approval.next')}</h3>
              <p className="prose-s">
                <Rich text={detail.next} />
              </p>
            </div>
          </div>
          <div className="col">
            <h3>
              {t('approval.approvers')}{' '}
              <span className="meta">
                {t('approval.needed', { amount: countOf(detail.votesNeed, detail.votesOf) })}
              </span>
            </h3>
            <Votes votes={detail.votes} />
          </div>
        </div>
      </div>
      <ApprovalDock detail={detail} acts={acts} unseen={unseen} />
    </>
  );
}

function ApprovalHead({ detail }: { detail: ApprovalDetail }) {
  const clock = useClock();
  return (
    <div className="col col-4">
      <OriginLine origin={detail.origin} />
      <h1>{detail.title}</h1>
      <div className="row row-wrap row-4">
        <Badge status="wait">
          {t('approval.have', { count: detail.votesNeed, amount: countOf(detail.votesHave, detail.votesNeed) })}
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
          <span className="meta">{t('approval.expires', { time: clockTime(clock, detail.expires) })}</span>
        )}
      </div>
    </div>
  );
}

function approvalFacts(detail: ApprovalDetail): Fact[] {
  return [
    { label: t('approval.asker'), value: <MemberChip member={detail.asker} /> },
    {
      label: t('approval.device'),
      value: (
        <>
          <Icon name="device" />
          {detail.device}
        </>
      ),
    },
    { label: t('approval.most'), value: money(detail.most) },
    ...(detail.budgetLeft
      ? [{ label: t('approval.budgetLeft'), value: moneyOf(detail.budgetLeft.left, detail.budgetLeft.of) }]
      : []),
  ];
}

function ApprovalDock({ detail, acts, unseen }: { detail: ApprovalDetail; acts: InboxActs; unseen: number }) {
  const confirm = useConfirm(detail.id);
  const approve = () => confirm.press('approve', isRisky(detail.effects), () => acts.approve(detail.id, detail.hash));
  const note = confirm.asked
    ? t('approval.again')
    : detail.editVoids && t('approval.editVoids', { name: detail.editVoids });
  return (
    <Dock label={t('approval.decision')} note={note}>
      <ActButton
        action="approve"
        kind="primary"
        onAct={approve}
        reason={unseen > 0 ? t('approval.unseen', { count: unseen }) : undefined}
      >
        {confirm.asked ? t('approval.approveNow') : t('action.approve')}
      </ActButton>
      {confirm.asked ? (
        <Button onClick={confirm.cancel}>{t('act.cancel')}</Button>
      ) : (
        <>
          <ActButton action="deny" kind="danger" onAct={() => acts.deny(detail.id)}>
            {t('approval.deny')}
          </ActButton>
          <ActButton action="edit" onAct={() => acts.edit(detail.id)}>
            {t('approval.edit')}
          </ActButton>
          <ActButton action="askForChanges" kind="quiet" onAct={() => acts.askForChanges(detail.id)}>
            {t('approval.ask')}
          </ActButton>
        </>
      )}
    </Dock>
  );
}
