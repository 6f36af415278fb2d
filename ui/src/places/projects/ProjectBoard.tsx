import { classes } from '#ui/components/classes.ts';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { hueOf, type Status } from '#ui/components/status/statuses.ts';
import { paths } from '#ui/paths.ts';
import { count, countOf, list, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { ProjectRow } from './model.ts';
import { BOARD_COLUMNS, type BoardColumn, columnOf, progressTone } from './projectRows.ts';

const STATUS: Record<BoardColumn, Status> = {
  planned: 'queued',
  running: 'run',
  waits: 'wait',
  paused: 'paused',
  done: 'done',
};

/** The same projects by where they stand. Nothing is dragged here: a project moves because work does. */
export function ProjectBoard({ rows }: { rows: readonly ProjectRow[] }) {
  return (
    <div className="pane grow scroll-x">
      <div className="board">
        {BOARD_COLUMNS.map((column) => {
          const own = rows.filter((row) => columnOf(row) === column);
          return (
            <section key={column} className="board-col" aria-label={t(`projects.columns.${column}`)}>
              <div className="group-head">
                <StatusIcon status={STATUS[column]} worded />
                {t(`projects.columns.${column}`)}
                <span className="push">{count(own.length)}</span>
              </div>
              {own.map((row) => (
                <BoardCard key={row.id} row={row} />
              ))}
            </section>
          );
        })}
      </div>
    </div>
  );
}

function BoardCard({ row }: { row: ProjectRow }) {
  const { status, text } = row.health;
  return (
    <a className="board-card" href={paths.project(row.id)}>
      <span className="strong">{row.name}</span>
      <span className="meta">
        <span className="cut">
          {list([
            row.standing,
            row.due !== undefined && t('projects.due', { due: row.due }),
            row.spent !== undefined && money(row.spent),
          ])}
        </span>
      </span>
      {status && (
        <span className={classes('fact-line', hueOf(status) && `t-${hueOf(status)}`)}>
          <StatusIcon status={status} />
          <span className="cut">{text}</span>
        </span>
      )}
      <Progress label={row.name} share={row.steps ? row.done / row.steps : 0} tone={progressTone(row)} />
      <span className="meta">
        {row.owner && <MemberChip member={row.owner} />}
        <span className="push">{countOf(row.done, row.steps)}</span>
      </span>
    </a>
  );
}
