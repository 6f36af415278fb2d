import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { classes } from '#ui/components/classes.ts';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Change } from '#ui/components/diff/Diff.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
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
];

const LINES_COLUMN: Column<File> = {
  id: 'lines',
  head: t('files.lines'),
  width: '96px',
  num: true,
  wide: true,
  cell: (file) => (
    <span className="row row-4 file-lines">
      <Change added={file.added ?? 0} removed={file.removed ?? 0} />
    </span>
  ),
};

const STEP_COLUMNS: readonly Column<File>[] = [
  { id: 'step', head: t('step.step'), width: '24%', sec: true, cut: true, wide: true, cell: (file) => file.step },
  {
    id: 'by',
    head: t('files.by'),
    width: '18%',
    wide: true,
    cell: (file) => file.by && <MemberChip member={file.by} />,
  },
];

const STANDING_COLUMN: Column<File> = {
  id: 'standing',
  head: t('projects.status'),
  width: '132px',
  sec: true,
  cell: (file) =>
    file.standing && (
      <span className="row row-4">
        <StatusIcon status={file.standing.status} />
        {file.standing.words}
      </span>
    ),
};

const AT_COLUMN: Column<File> = {
  id: 'at',
  head: t('history.when'),
  width: '88px',
  num: true,
  wide: true,
  cell: (file) => <Time at={file.at} className="" />,
};

function undoColumn(acts: FilesActs): Column<File> {
  return {
    id: 'undo',
    head: '',
    label: t('files.undo'),
    width: '116px',
    num: true,
    cell: (file) =>
      file.undoable &&
      file.id !== undefined && (
        <Button
          small
          icon="undo"
          busy={acts.undoing === file.id && t('files.undoing')}
          aria-label={t('files.undoName', { path: file.path })}
          onClick={(event) => {
            event.stopPropagation();
            if (file.id !== undefined) acts.undo(file.id);
          }}
        >
          {t('files.undo')}
        </Button>
      ),
  };
}

/** Beside the lines of a change there is less room: who made it stands above them. */
function columnsOf(model: FilesModel, acts: FilesActs | undefined, beside: boolean): Column<File>[] {
  return [
    ...COLUMNS,
    ...(model.files.some((file) => file.added !== undefined) ? [LINES_COLUMN] : []),
    ...(!beside && model.files.some((file) => file.step !== undefined) ? STEP_COLUMNS : []),
    ...(model.files.some((file) => file.standing) ? [STANDING_COLUMN] : []),
    ...(beside ? [] : [AT_COLUMN]),
    ...(acts ? [undoColumn(acts)] : []),
  ];
}

const idOf = (file: File) => file.id ?? file.path;

export interface FilesActs {
  undo: (effect: string) => void;
  undoAll: () => void;
  /** The effect that is being undone. */
  undoing: string | null;
}

/** Every file the project touched. Each was copied before its first write, so each change can be undone. */
export function FilesView({
  head,
  model,
  acts,
  refused,
  chosen,
  onChoose,
  shown,
}: {
  head: ProjectHead;
  model: FilesModel;
  acts?: FilesActs;
  refused?: ReactNode;
  chosen: string | null;
  onChoose: (file: string) => void;
  /** What the chosen change came to. */
  shown?: ReactNode;
}) {
  const [asked, setAsked] = useState(false);
  const undoable = model.files.filter((file) => file.undoable).length;
  const made = model.files.find((file) => idOf(file) === chosen);
  return (
    <>
      <ProjectBar head={head} tab="files">
        {model.worktree && <span className="meta">{t('run.worktree', { name: model.worktree })}</span>}
        {acts && undoable > 0 && (
          <Button small icon="undo" onClick={() => setAsked(true)}>
            {t('files.undoAll', { count: undoable })}
          </Button>
        )}
      </ProjectBar>
      <div className="body">
        <section className="pane grow" aria-label={t('project.tab.files')}>
          {refused}
          {model.files.length === 0 ? (
            <div className="blank">
              <Empty icon="folder" level={2} title={t('files.none')}>
                {t('files.noneWhy')}
              </Empty>
            </div>
          ) : (
            <Table
              label={t('project.tab.files')}
              columns={columnsOf(model, acts, Boolean(shown))}
              rows={model.files}
              id={idOf}
              chosen={chosen}
              onChoose={onChoose}
              page
              fixed
            />
          )}
        </section>
        {shown && (
          <section className="pane files-diff" aria-label={t('files.change')}>
            <div className="pad col col-12">
              {made && (
                <div className="row row-wrap">
                  {made.by && <MemberChip member={made.by} />}
                  <span className="meta">{made.step}</span>
                  <span className="push">
                    <Time at={made.at} />
                  </span>
                </div>
              )}
              {shown}
            </div>
          </section>
        )}
      </div>
      <Dialog
        open={asked}
        onClose={() => setAsked(false)}
        title={t('files.undoAllTitle', { count: undoable })}
        foot={
          <>
            <Button onClick={() => setAsked(false)}>{t('act.cancel')}</Button>
            <Button
              kind="primary"
              onClick={() => {
                setAsked(false);
                acts?.undoAll();
              }}
            >
              {t('files.undoAll', { count: undoable })}
            </Button>
          </>
        }
      >
        {t('files.undoAllWhat')}
      </Dialog>
    </>
  );
}
