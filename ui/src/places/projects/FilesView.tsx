import { useState } from 'react';
import { classes } from '#ui/components/classes.ts';
import { Change, Diff } from '#ui/components/diff/Diff.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { shortPath } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { FilesModel, ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

type File = FilesModel['files'][number];

const COLUMNS: readonly Column<File>[] = [
  {
    id: 'mark',
    head: '',
    label: t('files.change'),
    width: '40px',
    cell: (file) => (
      <span className={classes('meta mono', file.mark === 'A' && 't-done', file.mark === 'D' && 't-fail')}>
        {file.mark}
      </span>
    ),
  },
  {
    id: 'path',
    head: t('files.path'),
    mono: true,
    cut: true,
    cell: (file) => <span title={file.path}>{shortPath(file.path, 48)}</span>,
  },
  {
    id: 'lines',
    head: t('files.lines'),
    width: '96px',
    num: true,
    cell: (file) => (
      <span className="row row-4 file-lines">
        <Change added={file.added} removed={file.removed} />
      </span>
    ),
  },
  { id: 'step', head: t('step.step'), width: '24%', sec: true, cut: true, wide: true, cell: (file) => file.step },
  { id: 'by', head: t('files.by'), width: '18%', wide: true, cell: (file) => <MemberChip member={file.by} /> },
  { id: 'at', head: t('history.when'), width: '88px', num: true, cell: (file) => <Time at={file.at} className="" /> },
];

/** Every file the project touched. Each was copied before its first write, so each change can be undone. */
export function FilesView({ head, model }: { head: ProjectHead; model: FilesModel }) {
  const [chosen, setChosen] = useState<string | null>(model.files.find((file) => file.diff)?.path ?? null);
  const diff = model.files.find((file) => file.path === chosen)?.diff;
  return (
    <>
      <ProjectBar head={head} tab="files">
        {model.worktree && <span className="meta">{t('run.worktree', { name: model.worktree })}</span>}
      </ProjectBar>
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.files')}>
          {model.files.length === 0 ? (
            <div className="blank">
              <Empty icon="folder" level={2} title={t('files.none')}>
                {t('files.noneWhy')}
              </Empty>
            </div>
          ) : (
            <Table
              label={t('project.tab.files')}
              columns={COLUMNS}
              rows={model.files}
              id={(file) => file.path}
              chosen={chosen}
              onChoose={setChosen}
              page
              fixed
            />
          )}
          {diff && (
            <div className="pad">
              <Diff diff={diff} />
            </div>
          )}
        </section>
      </div>
    </>
  );
}
