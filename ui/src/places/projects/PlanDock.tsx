import { AvatarStack } from '#ui/components/member/Member.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { countOf, dayName, duration, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { PlanActs, PlanModel } from './model.ts';

/** What the plan costs, takes and is frozen as, and the decision on exactly that. */
export function PlanDock({ model, acts, busy }: { model: PlanModel; acts: PlanActs; busy: string | false }) {
  const clock = useClock();
  return (
    <div className="dock">
      <div className="row row-16 row-wrap">
        <DockFact
          label={t('step.cost')}
          value={money(model.cost)}
          note={model.limit === undefined ? undefined : t('plan.ofLimit', { limit: money(model.limit) })}
        />
        <span className="vr" />
        {model.time && (
          <DockFact
            label={t('step.time')}
            value={t('format.days', { count: model.time.days })}
            note={t('plan.until', { day: dayName(clock, model.time.until) })}
          />
        )}
        {model.takes !== undefined && <DockFact label={t('step.time')} value={duration(model.takes)} />}
        {model.needs && (
          <>
            <span className="vr" />
            <DockFact label={t('plan.needs')} value={model.needs} />
          </>
        )}
        <span className="vr wide" />
        <div className="col col-0 wide">
          <span className="label">{t('plan.frozen')}</span>
          <Seal hex={model.hash} bare />
        </div>
      </div>
      <div className="push row">
        {model.approved && (
          <span className="row row-4 meta wide">
            <AvatarStack members={model.approved.by} />
            {t('approval.have', {
              count: model.approved.need,
              amount: countOf(model.approved.have, model.approved.need),
            })}
          </span>
        )}
        {model.note && <span className="meta">{model.note}</span>}
        {acts.askForChanges && (
          <ActButton action="askForChanges" kind="quiet" onAct={acts.askForChanges}>
            {t('approval.ask')}
          </ActButton>
        )}
        {acts.approve && (
          <ActButton
            action="approve"
            kind="primary"
            busy={busy}
            reason={model.problems?.length ? t('plan.hasProblems') : undefined}
            onAct={() => acts.approve?.(model.version, model.hash)}
          >
            {t('plan.approveVersion', { version: model.version })}
          </ActButton>
        )}
      </div>
    </div>
  );
}

function DockFact({ label, value, note }: { label: string; value: string; note?: string | undefined }) {
  return (
    <div className="col col-0">
      <span className="label">{label}</span>
      <strong className="strong">
        {value} {note && <span className="meta">{note}</span>}
      </strong>
    </div>
  );
}
