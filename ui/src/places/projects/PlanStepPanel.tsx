import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Section } from '#ui/components/card/Card.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { Avatar } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { paths } from '#ui/paths.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import type { PlanStepDetail } from './model.ts';

/** One step of the plan in full: who, what is missing, when it counts as done, what it may cost. */
export function PlanStepPanel({
  step,
  onChange,
  onRemove,
}: {
  step: PlanStepDetail;
  onChange?: (() => void) | undefined;
  onRemove?: (() => void) | undefined;
}) {
  return (
    <aside className="pane pane-side" aria-label={t('plan.step', { number: step.number })}>
      <div className="sect">
        <div className="row meta">
          <span>{t('plan.step', { number: step.number })}</span>
          <span>{step.kind}</span>
          <span className="push row row-4">
            <Kbd keys="ArrowUp" />
            <Kbd keys="ArrowDown" />
          </span>
        </div>
        <h2>{step.name}</h2>
        <p className="prose-s plan-step-text">{step.text}</p>
        {onRemove && (
          <div className="row">
            <Button small onClick={onRemove} icon="x">
              {t('plan.removeThis')}
            </Button>
          </div>
        )}
      </div>
      <Section title={t('step.assignee')}>
        <div className="row">
          <Avatar member={step.assignee} size="l" />
          <div className="col col-0">
            <span className="strong">{step.assignee.name}</span>
            {step.assigneeNote && <span className="meta">{step.assigneeNote}</span>}
          </div>
          {onChange && (
            <Button small className="push" onClick={onChange}>
              {t('plan.changeAssignee')}
            </Button>
          )}
        </div>
        {step.gap && <Gap gap={step.gap} />}
      </Section>
      <Section title={t('step.doneWhen')}>
        {step.evidence.map((evidence) => (
          <div key={evidence.text} className="row row-top">
            <Icon name={evidence.icon} />
            <span>
              <Rich text={evidence.text} />
            </span>
          </div>
        ))}
      </Section>
      <Section title={t('step.estimate')}>
        <KeyValues
          facts={step.estimate.map((fact) => ({
            label: fact.label,
            value: (
              <>
                {fact.value} {fact.note && <span className="meta">{fact.note}</span>}
              </>
            ),
          }))}
        />
      </Section>
      {step.dependsOn.length > 0 && (
        <Section title={t('step.dependsOn')}>
          {step.dependsOn.map((before) => (
            <div key={before.id} className="row">
              <StatusIcon status={before.status} />
              <span>{before.name}</span>
            </div>
          ))}
        </Section>
      )}
    </aside>
  );
}

function Gap({ gap }: { gap: NonNullable<PlanStepDetail['gap']> }) {
  return (
    <Banner status="build">
      <span className="col col-4">
        <span>
          <strong className="strong">
            <Rich text={gap.lead} />
          </strong>{' '}
          <Rich text={gap.text} />
        </span>
        <KeyValues
          className="gap-facts"
          facts={gap.facts.map((fact) => ({
            ...fact,
            value: typeof fact.value === 'string' ? <Rich text={fact.value} /> : fact.value,
          }))}
        />
        <span className="row">
          <a href={paths.member(gap.file)}>{t('plan.readFile')}</a>
        </span>
      </span>
    </Banner>
  );
}
