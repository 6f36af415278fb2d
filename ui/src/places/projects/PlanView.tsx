import { type ReactNode, useState } from 'react';
import { Badge, FactBadge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { PlanGraph } from '#ui/components/plan-node/PlanGraph.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, list, money, moneyChange } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { PlanActs, PlanModel, ProjectHead } from './model.ts';
import { PlanDock } from './PlanDock.tsx';
import { PlanStepPanel } from './PlanStepPanel.tsx';
import { PlanWords } from './PlanWords.tsx';
import { ProjectBar } from './ProjectBar.tsx';

type View = 'graph' | 'list';
const VIEWS: readonly View[] = ['graph', 'list'];

/** A plan before and after approval: its graph by day, one step in full, what changed since the last version, the decision. */
export function PlanView({
  head,
  model,
  acts,
  busy,
  given,
  children,
}: {
  head: ProjectHead;
  model: PlanModel;
  acts: PlanActs;
  busy?: string | false;
  /** The files that its request brought along. */
  given?: ReactNode;
  /** Asked for in words, in place of the decision. */
  children?: ReactNode;
}) {
  const clock = useClock();
  const [view, setView] = useState<View>('graph');
  const [chosen, setChosen] = useState<string | null>(
    model.steps.find((step) => model.details[step.id]?.gap)?.id ?? model.steps[0]?.id ?? null,
  );
  const detail = chosen === null ? undefined : model.details[chosen];
  return (
    <>
      <ProjectBar head={head} tab="plan">
        <Badge status={head.status}>{head.statusWords}</Badge>
      </ProjectBar>
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.plan')}>
          <div className="bar-2">
            <Segment
              label={t('plan.versionLabel')}
              choices={model.versions.map((version) => ({ id: String(version), name: `v${version}` }))}
              chosen={String(model.version)}
              onChoose={(version) => acts.chooseVersion(Number(version))}
            />
            {model.compared && acts.compare && (
              <Button small icon="compare" onClick={acts.compare}>
                {t('plan.compare', { version: model.compared.from })}
              </Button>
            )}
            {model.drafted && (
              <span className="meta wide">
                {list([
                  t('plan.drafted', { time: clockTime(clock, model.drafted.at), count: model.drafted.rounds }),
                  money(model.drafted.cost),
                ])}
              </span>
            )}
            <span className="push row">
              <Segment
                label={t('plan.view')}
                choices={VIEWS.map((id) => ({ id, name: t(`plan.views.${id}`) }))}
                chosen={view}
                onChoose={setView}
              />
              {acts.addStep && (
                <Button small icon="plus" onClick={acts.addStep}>
                  {t('step.step')}
                </Button>
              )}
            </span>
          </div>
          {view === 'graph' ? (
            <div className="pane scroll-x plan-canvas">
              <PlanGraph steps={model.steps} columnNames={model.columnNames} chosen={chosen} onChoose={setChosen} />
            </div>
          ) : (
            <PlanList model={model} chosen={chosen} onChoose={setChosen} />
          )}
          <PlanWords model={model} acts={acts} given={given} />
          {model.compared && <PlanChanges compared={model.compared} />}
        </section>
        {detail && (
          <PlanStepPanel
            step={detail}
            onChange={acts.changeAssignee && (() => acts.changeAssignee?.(detail.id))}
            onRemove={acts.removeStep && (() => acts.removeStep?.(detail.id))}
          />
        )}
      </div>
      {children || <PlanDock model={model} acts={acts} busy={busy ?? false} />}
    </>
  );
}

type Step = PlanModel['steps'][number];

const STEP_COLUMNS: readonly Column<Step>[] = [
  {
    id: 'step',
    head: t('step.step'),
    cut: true,
    cell: (step) => (
      <span className="row">
        <StatusIcon status={step.status} />
        <span className="cut">{t('step.numbered', { number: step.number, name: step.name })}</span>
      </span>
    ),
  },
  { id: 'assignee', head: t('step.assignee'), width: '26%', cell: (step) => <MemberChip member={step.assignee} /> },
  { id: 'after', head: t('step.after'), width: '14%', sec: true, cell: (step) => step.dependsOn.join(', ') },
  { id: 'facts', head: t('step.estimate'), width: '16%', num: true, cell: (step) => step.facts },
];

/** The same steps as a table: what the graph shows, for whoever does not see it. */
function PlanList({
  model,
  chosen,
  onChoose,
}: {
  model: PlanModel;
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  return (
    <Table
      label={t('plan.stepsLabel')}
      columns={STEP_COLUMNS}
      rows={model.steps}
      id={(step) => step.id}
      chosen={chosen}
      onChoose={onChoose}
      page
      fixed
    />
  );
}

type Compared = NonNullable<PlanModel['compared']>;

function PlanChanges({ compared }: { compared: Compared }) {
  const columns: readonly Column<Compared['rows'][number]>[] = [
    { id: 'step', head: t('step.step'), width: '26%', cell: (row) => row.step, cut: true },
    {
      id: 'before',
      head: t('plan.versionLong', { version: compared.from }),
      width: '19%',
      cell: (row) => row.before,
      sec: true,
      cut: true,
    },
    {
      id: 'after',
      head: t('plan.versionLong', { version: compared.to }),
      width: '22%',
      cell: (row) => row.after,
      cut: true,
    },
    { id: 'why', head: t('plan.why'), width: '23%', cell: (row) => row.why, sec: true, cut: true },
    { id: 'cost', head: t('step.cost'), width: '10%', cell: (row) => moneyChange(row.cost), num: true },
  ];
  const title = t('plan.fromTo', { from: compared.from, to: compared.to });
  return (
    <section className="plan-changes" aria-label={title}>
      <div className="bar-2">
        <h3>{title}</h3>
        <span className="meta cut">{compared.words}</span>
        <span className="push row">
          <FactBadge>{t('plan.added', { count: compared.added })}</FactBadge>
          <FactBadge>{t('plan.changed', { count: compared.changed })}</FactBadge>
          <FactBadge>{t('plan.removed', { count: compared.removed })}</FactBadge>
        </span>
      </div>
      <Table label={title} columns={columns} rows={compared.rows} id={(row) => row.id} page fixed />
    </section>
  );
}
