import type { ReactNode } from 'react';
import { Tag } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button, IconButton, LinkButton } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useAction, useKeysOf } from '#ui/frame/keys.tsx';
import { paths } from '#ui/paths.ts';
import { Workplace } from '#ui/places/shared/Workplace.tsx';
import { duration, list, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { PlanCardActs, PlanCardModel, PlanStepRow } from './model.ts';

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
export function PlanCard({
  plan,
  keys,
  acts,
  busy,
  children,
}: {
  plan: PlanCardModel;
  keys: boolean;
  acts: PlanCardActs;
  busy?: string | false;
  /** Asked for in words, between the plan and its decision. */
  children?: ReactNode;
}) {
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
      {plan.summary && <p className="card-body prose-s">{plan.summary}</p>}
      <Table
        label={t('plan.steps', { name: plan.name })}
        columns={acts.removeStep ? [...COLUMNS, removeColumn(acts.removeStep)] : COLUMNS}
        rows={plan.rows}
        id={(row) => row.id}
        fixed
      />
      <div className="card-foot plan-sum">
        {more > 0 && <a href={paths.project(plan.project, 'plan')}>{t('plan.more', { count: more })}</a>}
        <span className="push row row-16 row-wrap">
          {plan.workingDays !== undefined && (
            <span className="sec">{t('plan.workingDays', { count: plan.workingDays })}</span>
          )}
          {plan.takes !== undefined && <span className="sec">{t('plan.takes', { time: duration(plan.takes) })}</span>}
          <span className="sec">{t('plan.approvals', { count: plan.approvals })}</span>
          <strong className="strong">
            {money(plan.cost)}{' '}
            {plan.limit !== undefined && (
              <span className="meta">{t('plan.ofLimit', { limit: money(plan.limit) })}</span>
            )}
          </strong>
          {plan.hash !== undefined && <Seal hex={plan.hash} />}
        </span>
      </div>
      <PlanObstacles plan={plan} />
      {plan.workplace && <Workplace model={plan.workplace} onChoose={acts.chooseWorkplace} />}
      {children}
      {!children && (
        <div className="card-foot">
          {keys ? <PlanKeys plan={plan} acts={acts} busy={busy ?? false} /> : <PlanButtons plan={plan} acts={acts} />}
        </div>
      )}
    </Card>
  );
}

/** What the plan lacks, before anybody presses a button that could not work. */
export function PlanObstacles({ plan }: { plan: Pick<PlanCardModel, 'problems' | 'gaps'> }) {
  const problems = plan.problems ?? [];
  const gaps = plan.gaps ?? [];
  if (problems.length === 0 && gaps.length === 0) return null;
  return (
    <Banner status={problems.length > 0 ? 'fail' : 'build'} flush>
      <span className="col col-4">
        {problems.map((problem) => (
          <span key={problem}>{problem}</span>
        ))}
        {gaps.map((gap) => (
          <span key={`${gap.step} ${gap.capability}`}>{t('plan.gap', gap)}</span>
        ))}
      </span>
    </Banner>
  );
}

function removeColumn(remove: (step: string) => void): Column<PlanStepRow> {
  return {
    id: 'remove',
    head: '',
    label: t('plan.remove'),
    width: '40px',
    cell: (row) => (
      <IconButton
        small
        kind="quiet"
        icon="x"
        label={t('plan.removeStep', { name: row.name })}
        onClick={() => remove(row.id)}
      />
    ),
  };
}

function PlanKeys({ plan, acts, busy }: { plan: PlanCardModel; acts: PlanCardActs; busy: string | false }) {
  const openKeys = useKeysOf('openPlan');
  useAction('openPlan', () => acts.openPlan(plan.project));
  return (
    <>
      <ActButton
        action="approve"
        kind="primary"
        busy={busy}
        reason={plan.problems?.length ? t('plan.hasProblems') : undefined}
        onAct={() => acts.approvePlan(plan.project, plan.version, plan.hash ?? '')}
      >
        {t('plan.approveVersion', { version: plan.version })}
      </ActButton>
      <LinkButton href={paths.project(plan.project, 'plan')} keys={openKeys}>
        {t('action.openPlan')}
      </LinkButton>
      <ActButton action="askForChanges" kind="quiet" onAct={() => acts.askForChanges(plan.project)}>
        {t('approval.ask')}
      </ActButton>
      <span className="meta push narrow-hide">{t('plan.nothingRuns')}</span>
    </>
  );
}

/** An older answer keeps its buttons, but no keys. */
function PlanButtons({ plan, acts }: { plan: PlanCardModel; acts: PlanCardActs }) {
  return (
    <>
      <Button onClick={() => acts.openPlan(plan.project)}>{t('action.openPlan')}</Button>
      <span className="meta push narrow-hide">{t('plan.nothingRuns')}</span>
    </>
  );
}
