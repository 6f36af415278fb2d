import { Section } from '#ui/components/card/Card.tsx';
import { classes } from '#ui/components/classes.ts';
import { Change } from '#ui/components/diff/Diff.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { count, list, money, roughOf } from '#ui/words/format.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import type { RunModel } from './model.ts';

/** What the run costs, what it proves, what it changed, how full its context is. */
export function RunSide({ model }: { model: RunModel }) {
  const { spend, files, context } = model;
  const more = files.count - files.rows.length;
  return (
    <aside className="pane pane-side run-side" aria-label={t('run.side')}>
      <Section title={t('run.spend')}>
        <div className="row baseline">
          <span className="figure">{money(spend.spent)}</span>
          <span className="meta">{t('plan.ofLimit', { limit: money(spend.limit) })}</span>
        </div>
        <Meter label={t('money.budgetUsed')} used={spend.spent} held={spend.reserved} of={spend.limit} />
        <KeyValues
          figures
          facts={[
            { label: t('money.reserved'), value: money(spend.reserved) },
            { label: t('money.expected'), value: money(spend.expected) },
            ...spend.facts,
          ]}
        />
        <span className="meta">{t('run.stops')}</span>
      </Section>
      <Section title={t('run.evidence', { number: model.run.step })}>
        {model.evidence.map((evidence) => (
          <div key={evidence.id} className="row">
            <StatusIcon status={evidence.status} />
            <span className="grow">
              <Rich text={evidence.text} />
            </span>
            {evidence.meta && <span className="meta">{evidence.meta}</span>}
          </div>
        ))}
      </Section>
      <Section
        title={t('run.files')}
        aside={
          <span className="meta push">
            {list([count(files.count), files.worktree && t('run.worktree', { name: files.worktree })])}
          </span>
        }
      >
        <div>
          {files.rows.map((file) => (
            <div key={file.path} className="row file-row">
              <span
                className={classes('meta mono file-mark', file.mark === 'A' && 't-done', file.mark === 'D' && 't-fail')}
              >
                {file.mark}
              </span>
              <span className="mono cut grow">{file.path}</span>
              <Change added={file.added} removed={file.removed} />
            </div>
          ))}
        </div>
        {more > 0 && <span className="meta">{t('run.more', { count: more })}</span>}
      </Section>
      <Section title={t('run.context')}>
        <div className="row">
          <span className="grow">
            <Meter label={t('run.contextUsed')} used={context.used} of={context.limit} />
          </span>
          <span className="meta">{roughOf(context.used, context.limit)}</span>
        </div>
        {context.note && <span className="meta">{context.note}</span>}
      </Section>
    </aside>
  );
}
