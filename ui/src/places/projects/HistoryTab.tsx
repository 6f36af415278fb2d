import { GroupHead } from '#ui/components/card/Card.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { Verification } from '#ui/places/shared/Verification.tsx';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { type HistoryRow, historyOf } from './fromHistory.ts';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

const COLUMNS: readonly Column<HistoryRow>[] = [
  { id: 'at', head: t('history.when'), width: '92px', cell: (row) => <Time at={row.at} as="clock" /> },
  {
    id: 'what',
    head: t('system.what'),
    cut: true,
    cell: (row) => (
      <span className="row">
        <StatusIcon status={row.status} />
        <span className="cut" title={row.what}>
          {row.what}
        </span>
      </span>
    ),
  },
  {
    id: 'detail',
    head: t('history.by'),
    width: '36%',
    sec: true,
    cut: true,
    wide: true,
    cell: (row) => <span title={row.detail}>{row.detail}</span>,
  },
];

/** Whether the record holds, and what stands in it of this project. */
export function HistoryTab({
  head,
  project,
  effects,
}: {
  head: ProjectHead;
  project: ProjectDto;
  effects: readonly EffectDto[];
}) {
  return (
    <>
      <ProjectBar head={head} tab="history" />
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.history')}>
          <div className="pad">
            <Verification />
          </div>
          <GroupHead>{t('history.happened')}</GroupHead>
          <Table
            label={t('history.happened')}
            columns={COLUMNS}
            rows={historyOf(project, effects)}
            id={(row) => row.id}
            page
            fixed
          />
        </section>
      </div>
    </>
  );
}
