import { useState } from 'react';
import { Button, LinkButton } from '#ui/components/button/Button.tsx';
import { classes } from '#ui/components/classes.ts';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { hueOf } from '#ui/components/status/statuses.ts';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { useKeysOf } from '#ui/frame/keys.tsx';
import { paths } from '#ui/paths.ts';
import { count, countOf, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { ProjectRow, ProjectsModel } from './model.ts';
import { ProjectBoard } from './ProjectBoard.tsx';
import { ProjectWeeks } from './ProjectWeeks.tsx';
import { progressTone, shownRows } from './projectRows.ts';

type View = 'list' | 'board' | 'timeline';
const VIEWS: readonly View[] = ['list', 'board', 'timeline'];

/** All open projects with their subprojects: where each stands, what is wrong, what it came to. */
export function ProjectsView({
  model,
  onImport,
  first = 'list',
}: {
  model: ProjectsModel;
  onImport?: () => void;
  first?: View;
}) {
  const [view, setView] = useState<View>(first);
  const keys = useKeysOf('newRequest');
  const tops = model.rows.filter((row) => !row.parent);
  return (
    <>
      <Bar
        title={t('place.projects')}
        meta={t('projects.counts', { open: count(model.openCount), done: count(model.doneCount) })}
      >
        {onImport && (
          <Button small className="wide" onClick={onImport}>
            {t('projects.import')}
          </Button>
        )}
        <LinkButton small icon="plus" href={paths.home()}>
          {t('action.newRequest')} <Kbd keys={keys} />
        </LinkButton>
      </Bar>
      {tops.length === 0 ? (
        <div className="blank">
          <Empty
            icon="projects"
            level={2}
            title={t('projects.none')}
            action={
              <LinkButton kind="primary" href={paths.home()}>
                {t('action.newRequest')}
              </LinkButton>
            }
          >
            {t('projects.noneWhy')}
          </Empty>
        </div>
      ) : (
        <>
          <div className="bar-2">
            <Segment
              label={t('plan.view')}
              choices={VIEWS.filter((id) => id !== 'timeline' || model.lanes).map((id) => ({
                id,
                name: t(`projects.views.${id}`),
              }))}
              chosen={view}
              onChoose={setView}
            />
          </div>
          <div className="body">
            {view === 'list' && <ProjectList model={model} />}
            {view === 'board' && <ProjectBoard rows={model.rows} />}
            {view === 'timeline' && model.lanes && <ProjectWeeks lanes={model.lanes} />}
          </div>
        </>
      )}
    </>
  );
}

function ProjectList({ model }: { model: ProjectsModel }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setClosed((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const parents = new Set(model.rows.map((row) => row.parent));
  return (
    <div className="pane grow">
      <Table
        label={t('place.projects')}
        columns={columnsOf(model, parents, closed, toggle)}
        rows={shownRows(model.rows, closed)}
        id={(row) => row.id}
        page
        fixed
        minWidth={model.totals.limit === undefined ? 700 : 800}
      />
    </div>
  );
}

function columnsOf(
  model: ProjectsModel,
  parents: ReadonlySet<string | undefined>,
  closed: ReadonlySet<string>,
  toggle: (id: string) => void,
): Column<ProjectRow>[] {
  const { totals } = model;
  const subs = model.rows.filter((row) => row.parent).length;
  return [
    {
      id: 'name',
      head: t('projects.project'),
      cut: true,
      foot: t('projects.totals', { count: model.rows.length - subs, subs: t('projects.subs', { count: subs }) }),
      cell: (row) => (
        <span className="sub-cell" style={{ '--lvl': row.parent ? 1.8 : 0 } as React.CSSProperties}>
          {!row.parent &&
            (parents.has(row.id) ? (
              <button
                type="button"
                className="twist"
                aria-expanded={!closed.has(row.id)}
                aria-label={t(closed.has(row.id) ? 'tree.open' : 'tree.close', { name: row.name })}
                onClick={() => toggle(row.id)}
              >
                <Icon name={closed.has(row.id) ? 'chev-r' : 'chev-d'} size={12} />
              </button>
            ) : (
              <span className="twist" />
            ))}
          <StatusIcon status={row.status} />
          <a
            className={classes('cut project-name', !row.parent && 'strong')}
            href={paths.project(row.id, row.status === 'queued' ? 'plan' : 'run')}
          >
            {row.name}
          </a>
        </span>
      ),
    },
    {
      id: 'standing',
      head: t('projects.status'),
      width: '128px',
      sec: true,
      cut: true,
      cell: (row) => row.standing,
      foot: t('frame.running', { count: totals.running }),
    },
    {
      id: 'health',
      head: t('projects.health'),
      width: '176px',
      cut: true,
      foot: t('projects.attention', { count: totals.attention }),
      cell: (row) => (
        <span className="fact-line">
          {row.health.status && <StatusIcon status={row.health.status} />}
          <span
            className={classes(
              'cut',
              row.health.status ? hueOf(row.health.status) && `t-${hueOf(row.health.status)}` : 'sec',
            )}
          >
            {row.health.text}
          </span>
        </span>
      ),
    },
    {
      id: 'department',
      head: t('projects.department'),
      width: '102px',
      sec: true,
      cut: true,
      hide: true,
      cell: (row) => row.department,
    },
    ...(model.rows.some((row) => row.owner) ? OWNER_COLUMNS : []),
    {
      id: 'steps',
      head: t('home.stepsDone'),
      width: '144px',
      foot: countOf(totals.done, totals.steps),
      cell: (row) => (
        <span className="steps-cell">
          <Progress label={row.name} share={row.steps ? row.done / row.steps : 0} tone={progressTone(row)} />
          <span className="meta">{countOf(row.done, row.steps)}</span>
        </span>
      ),
    },
    ...(model.rows.some((row) => row.due !== undefined) ? [DUE_COLUMN] : []),
    ...(totals.spent === undefined || totals.limit === undefined ? [] : [spentColumn(totals.spent, totals.limit)]),
  ];
}

const OWNER_COLUMNS: readonly Column<ProjectRow>[] = [
  {
    id: 'owner',
    head: t('projects.owner'),
    width: '178px',
    hide: true,
    cell: (row) => row.owner && <MemberChip member={row.owner} />,
  },
  { id: 'type', head: t('projects.type'), width: '92px', sec: true, cut: true, hide: true, cell: (row) => row.type },
];

const DUE_COLUMN: Column<ProjectRow> = {
  id: 'due',
  head: t('intent.due'),
  width: '98px',
  num: true,
  cell: (row) => <span className={row.late ? 't-fail' : undefined}>{row.due}</span>,
};

function spentColumn(spent: number, limit: number): Column<ProjectRow> {
  return {
    id: 'spent',
    head: t('money.spent'),
    width: '152px',
    num: true,
    foot: <Spent spent={spent} of={t('plan.ofLimit', { limit: money(limit) })} />,
    cell: (row) => (
      <Spent
        spent={row.spent ?? 0}
        of={row.limit === undefined ? t('projects.ofParent') : t('plan.ofLimit', { limit: money(row.limit) })}
      />
    ),
  };
}

function Spent({ spent, of }: { spent: number; of: string }) {
  return (
    <>
      {money(spent)} <span className="of">{of}</span>
    </>
  );
}
