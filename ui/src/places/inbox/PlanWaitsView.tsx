import { Badge } from '#ui/components/badge/Badge.tsx';
import { LinkButton } from '#ui/components/button/Button.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { paths } from '#ui/paths.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { PlanDetail } from './model.ts';
import { OriginLine } from './OriginLine.tsx';

/** A plan that waits, in short, with the way to the one place where it is decided on. */
export function PlanWaitsView({ detail }: { detail: PlanDetail }) {
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <div className="col col-4">
            {detail.origin && <OriginLine origin={detail.origin} />}
            <h1>{detail.title}</h1>
            <div className="row row-wrap row-4">
              <Badge status="wait">{t('planWaits.what')}</Badge>
              <Time at={detail.at} />
              <Seal hex={detail.hash} />
            </div>
          </div>
          <Facts facts={detail.facts} />
          {detail.summary && (
            <div className="col">
              <h3>{t('planWaits.summary')}</h3>
              <p className="prose-s plan-step-text">{detail.summary}</p>
            </div>
          )}
        </div>
      </div>
      <Dock label={t('approval.decision')} note={t('planWaits.where')}>
        <LinkButton kind="primary" href={paths.project(detail.project, 'plan')}>
          {t('planWaits.open')}
        </LinkButton>
      </Dock>
    </>
  );
}
