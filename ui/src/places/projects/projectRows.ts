import type { ProjectRow } from './model.ts';

/** Rows in view: what lies under a closed project is left out. */
export function shownRows(rows: readonly ProjectRow[], closed: ReadonlySet<string>): ProjectRow[] {
  return rows.filter((row) => !row.parent || !closed.has(row.parent));
}

export function progressTone(row: ProjectRow): 'run' | 'done' | 'fail' | 'plain' {
  if (row.status === 'fail') return 'fail';
  if (row.done === row.steps && row.steps > 0) return 'done';
  return row.status === 'run' || row.status === 'wait' ? 'run' : 'plain';
}

export const BOARD_COLUMNS = ['planned', 'running', 'waits', 'paused', 'done'] as const;
export type BoardColumn = (typeof BOARD_COLUMNS)[number];

/** The board has one column for where a project stands; a failure stands with what it stopped. */
export function columnOf(row: ProjectRow): BoardColumn {
  switch (row.status) {
    case 'run':
    case 'build':
      return 'running';
    case 'wait':
    case 'ask':
    case 'unknown':
      return 'waits';
    case 'paused':
    case 'fail':
    case 'offline':
      return 'paused';
    case 'done':
    case 'skipped':
      return 'done';
    case 'queued':
      return 'planned';
  }
}
