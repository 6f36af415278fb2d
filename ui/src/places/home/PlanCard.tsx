import { Tag } from '#ui/components/badge/Badge.tsx';
import { Button, LinkButton } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useAction, useKeysOf } from '#ui/frame/keys.tsx';
import { paths } from '#ui/paths.ts';
import { duration, list, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { HomeActs, PlanCardModel, PlanStepRow } from './model.ts';

const COLUMNS: readonly Column<PlanStepRow>[] = [
  {
    id: 'step',
    head: t('step.step'),
    width: '32%',
    cut: true,
    cell: (row) => (
      <span className="row">
        <StatusIcon status={row.status} />
        <span className="cut">{row.name}</span>
      </span>
    ),
  },
  { id: 'assignee', head: t('step.assignee'), width: '25%', cell: (row) => <MemberChip member={row.assignee} /> },
  {
    id: 'evidence',
    head: t('step.evidence'),
    width: '22%',
    cell: (row) => row.evidence,
    sec: true,
    cut: true,
    wide: true,
  },
  { id: 'time', head: t('step.time'), width: '10%', cell: (row) => duration(row.time), num: true, sec: true },
  { id: 'cost', head: t('step.cost'), width: '11%', cell: (row) => money(row.cost), num: true },
];

/** A plan to approve, in the conversation that asked for it. */
export function PlanCard({ plan, keys, acts }: { plan: PlanCardModel; keys: boolean; acts: HomeActs }) {
  const more = plan.steps - plan.rows.length;
  return (
    <Card label={t('plan.proposed')}>
      <CardHead lead={<Icon name="workflow" />} title={plan.name}>
        <Tag>{t('plan.version', { version: plan.version })}</Tag>
        <span className="meta push">
          {list([
            t('inbox.steps', { count: plan.steps }),
            plan.newAgents > 0 && t('plan.newAgents', { count: plan.newAgents }),
          ])}
        </span>
      </CardHead>
      <Table
        label={t('plan.steps', { name: plan.name })}
        columns={COLUMNS}
        rows={plan.rows}
        id={(row) => row.id}
        fixed
      />
      <div className="card-foot plan-sum">
        {more > 0 && <a href={paths.project(plan.project, 'plan')}>{t('plan.more', { count: more })}</a>}
        <span className="push row row-16 row-wrap">
          <span className="sec">{t('plan.workingDays', { count: plan.workingDays })}</span>
          <span className="sec">{t('plan.approvals', { count: plan.approvals })}</span>
          <strong className="strong">
            {money(plan.cost)} <span className="meta">{t('plan.ofLimit', { limit: money(plan.limit) })}</span>
          </strong>
        </span>
      </div>
      <div className="card-foot">
        {keys ? <PlanKeys plan={plan} acts={acts} /> : <PlanButtons plan={plan} acts={acts} />}
      </div>
    </Card>
  );
}

function PlanKeys({ plan, acts }: { plan: PlanCardModel; acts: HomeActs }) {
  const openKeys = useKeysOf('openPlan');
  useAction('openPlan', () => acts.openPlan(plan.project));
  return (
    <>
      <ActButton action="approve" kind="primary" onAct={() => acts.approvePlan(plan.project, plan.version)}>
        {t('plan.approve')}
      </ActButton>
      <LinkButton href={paths.project(plan.project, 'plan')} keys={openKeys}>
        {t('action.openPlan')}
      </LinkButton>
      <ActButton action="askForChanges" kind="quiet" onAct={() => acts.askForChanges(plan.project)}>
        {t('action.askForChanges')}
      </ActButton>
      <span className="meta push narrow-hide">{t('plan.nothingRuns')}</span>
    </>
  );
}

/** An older answer keeps its buttons, but no keys. */
function PlanButtons({ plan, acts }: { plan: PlanCardModel; acts: HomeActs }) {
  return (
    <>
      <Button onClick={() => acts.openPlan(plan.project)}>{t('action.openPlan')}</Button>
      <span className="meta push narrow-hide">{t('plan.nothingRuns')}</span>
    </>
  );
}
