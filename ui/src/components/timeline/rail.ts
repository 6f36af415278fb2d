// Where the rail of a timeline runs. Rows are 36 px, day heads 28; each branch has a line of its own, 20 px apart.

export interface RailRow {
  id: string;
  branch: string;
  /** A full dot is a checkpoint; a hollow one an input or a mark. */
  hollow: boolean;
}

export interface RailDay {
  rows: readonly RailRow[];
}

export interface RailBranch {
  id: string;
  /** The row it leaves from; absent for the first branch. */
  from?: string;
}

export interface RailDot {
  id: string;
  x: number;
  y: number;
  hollow: boolean;
  line: number;
}

export interface Rail {
  width: number;
  height: number;
  lines: { branch: string; line: number; path: string }[];
  dots: RailDot[];
}

export const ROW_HEIGHT = 36;
export const DAY_HEIGHT = 28;
const FIRST_X = 16;
const LINE_STEP = 20;

/** Days and rows are newest first, so a branch rises from the row it left. */
export function layoutRail(days: readonly RailDay[], branches: readonly RailBranch[]): Rail {
  const lineOf = new Map(branches.map((branch, index) => [branch.id, index]));
  const dots: RailDot[] = [];
  let top = 0;
  for (const day of days) {
    top += DAY_HEIGHT;
    for (const row of day.rows) {
      const line = lineOf.get(row.branch) ?? 0;
      dots.push({ id: row.id, x: FIRST_X + line * LINE_STEP, y: top + ROW_HEIGHT / 2, hollow: row.hollow, line });
      top += ROW_HEIGHT;
    }
  }
  const placeOf = new Map(dots.map((dot) => [dot.id, dot]));
  const lines: Rail['lines'] = [];
  branches.forEach((branch, line) => {
    const own = dots.filter((dot) => dot.line === line);
    const newest = own[0];
    const oldest = own.at(-1);
    if (!newest || !oldest) return;
    const source = branch.from === undefined ? undefined : placeOf.get(branch.from);
    const path = source ? leave(source, oldest, newest) : `M${newest.x} ${newest.y}V${oldest.y}`;
    lines.push({ branch: branch.id, line, path });
  });
  return { width: FIRST_X * 2 + LINE_STEP * Math.max(1, branches.length - 1), height: top, lines, dots };
}

/** A soft S from the row it left up to its own first row, then straight up to its newest. */
function leave(source: RailDot, oldest: RailDot, newest: RailDot): string {
  const reach = Math.max(24, Math.min(source.y - oldest.y, 60));
  const bend = source.y - reach;
  return `M${source.x} ${source.y}C${source.x} ${source.y - reach / 2} ${oldest.x} ${source.y - reach / 2} ${oldest.x} ${bend}V${newest.y}`;
}
