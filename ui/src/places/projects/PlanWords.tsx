import type { ReactNode } from 'react';
import { PlanObstacles } from '#ui/places/home/PlanCard.tsx';
import { Workplace } from '#ui/places/shared/Workplace.tsx';
import { t } from '#ui/words/words.ts';
import type { PlanActs, PlanModel } from './model.ts';

/** What the graph cannot show: what the plan is about, what it takes for granted, what may go wrong, what it lacks. */
export function PlanWords({ model, acts, given }: { model: PlanModel; acts: PlanActs; given?: ReactNode }) {
  const { summary, assumptions = [], risks = [] } = model;
  return (
    <>
      <PlanObstacles plan={model} />
      {model.workplace && <Workplace model={model.workplace} onChoose={acts.chooseWorkplace} />}
      {given}
      {(summary || assumptions.length > 0 || risks.length > 0) && (
        <div className="pad col col-16 plan-words">
          {summary && <p className="prose-s">{summary}</p>}
          {assumptions.length > 0 && (
            <section className="col col-4">
              <h3>{t('plan.assumptions')}</h3>
              <ul className="plain-list">
                {assumptions.map((words) => (
                  <li key={words}>{words}</li>
                ))}
              </ul>
            </section>
          )}
          {risks.length > 0 && (
            <section className="col col-4">
              <h3>{t('plan.risks')}</h3>
              <dl className="kv kv-wide">
                {risks.map(({ risk, mitigation }) => (
                  <div key={risk} className="plan-risk">
                    <dt>{risk}</dt>
                    <dd>{mitigation}</dd>
                  </div>
                ))}
              </dl>
            </section>
          )}
        </div>
      )}
    </>
  );
}
