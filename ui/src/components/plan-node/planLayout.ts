// Places the steps of a plan on a grid of columns (days, or how deep a step lies) and rows, and routes its wires.

export interface PlanStep {
  id: string;
  dependsOn: readonly string[];
  /** The column it is to stand in; by default one after its last dependency. */
  column?: number;
}

export interface Placed {
  id: string;
  column: number;
  row: number;
  x: number;
  y: number;
}

export interface Wire {
  from: string;
  to: string;
  path: string;
}

export interface PlanLayout {
  width: number;
  height: number;
  columns: number;
  nodes: ReadonlyMap<string, Placed>;
  wires: readonly Wire[];
}

export const NODE = { width: 148, height: 92, stepX: 168, stepY: 104, left: 24, top: 44 } as const;
const BEND = 5;

/** Rows are given so that a wire runs along the row of its source until the gap before its target and meets no node. */
export function layoutPlan(steps: readonly PlanStep[]): PlanLayout {
  const columns = columnsOf(steps);
  const last = lastSuccessorColumn(steps, columns);
  const heldUntil: number[] = [];
  const nodes = new Map<string, Placed>();
  const order = steps.toSorted((a, b) => (columns.get(a.id) ?? 0) - (columns.get(b.id) ?? 0));
  for (const step of order) {
    const column = columns.get(step.id) ?? 0;
    const wanted = step.dependsOn.flatMap((id) => {
      const before = nodes.get(id);
      if (!before) return [];
      return before.column === column ? [before.row + 1] : [before.row];
    });
    const free = (row: number) => (heldUntil[row] ?? -1) < column;
    const row = wanted.find(free) ?? firstFree(free);
    heldUntil[row] = Math.max(column, (last.get(step.id) ?? column + 1) - 1);
    nodes.set(step.id, {
      id: step.id,
      column,
      row,
      x: NODE.left + column * NODE.stepX,
      y: NODE.top + row * NODE.stepY,
    });
  }
  const columnCount = Math.max(0, ...[...nodes.values()].map((node) => node.column + 1));
  const rowCount = Math.max(0, ...[...nodes.values()].map((node) => node.row + 1));
  return {
    width: NODE.left + columnCount * NODE.stepX,
    height: NODE.top + rowCount * NODE.stepY + 8,
    columns: columnCount,
    nodes,
    wires: steps.flatMap((step) =>
      step.dependsOn.flatMap((id) => {
        const from = nodes.get(id);
        const to = nodes.get(step.id);
        return from && to ? [{ from: id, to: step.id, path: route(from, to) }] : [];
      }),
    ),
  };
}

function firstFree(free: (row: number) => boolean): number {
  let row = 0;
  while (!free(row)) row += 1;
  return row;
}

/** A dependency that is not in the plan, or a circle, counts as none: the validation names it, the picture stays. */
function columnsOf(steps: readonly PlanStep[]): Map<string, number> {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const columns = new Map<string, number>();
  const visiting = new Set<string>();
  const visit = (step: PlanStep): number => {
    const known = columns.get(step.id);
    if (known !== undefined) return known;
    if (visiting.has(step.id)) return 0;
    visiting.add(step.id);
    const after = step.dependsOn.map((id) => byId.get(id)).flatMap((before) => (before ? [visit(before) + 1] : []));
    visiting.delete(step.id);
    const column = step.column ?? Math.max(0, ...after);
    columns.set(step.id, column);
    return column;
  };
  for (const step of steps) visit(step);
  return columns;
}

function lastSuccessorColumn(steps: readonly PlanStep[], columns: ReadonlyMap<string, number>): Map<string, number> {
  const last = new Map<string, number>();
  for (const step of steps) {
    const column = columns.get(step.id) ?? 0;
    for (const id of step.dependsOn) last.set(id, Math.max(last.get(id) ?? 0, column));
  }
  return last;
}

function route(from: Placed, to: Placed): string {
  const startX = from.x + NODE.width;
  const startY = from.y + NODE.height / 2;
  const endY = to.y + NODE.height / 2;
  if (to.column <= from.column) {
    const middle = to.x + NODE.width / 2;
    return from.y < to.y ? `M${middle} ${from.y + NODE.height}V${to.y}` : `M${middle} ${from.y}V${to.y + NODE.height}`;
  }
  if (startY === endY) return `M${startX} ${startY}H${to.x}`;
  const down = endY > startY ? 1 : -1;
  const turn = to.x - (NODE.stepX - NODE.width) / 2;
  return `M${startX} ${startY}H${turn - BEND}q${BEND} 0 ${BEND} ${BEND * down}V${endY - BEND * down}q0 ${BEND * down} ${BEND} ${BEND * down}H${to.x}`;
}

/** Where an arrow key leads: along an edge left and right, in the column up and down. */
export function stepAfterKey(layout: PlanLayout, steps: readonly PlanStep[], id: string, key: string): string | null {
  const here = layout.nodes.get(id);
  if (!here) return null;
  const nearest = (ids: readonly string[]) =>
    ids
      .flatMap((other) => layout.nodes.get(other) ?? [])
      .toSorted((a, b) => Math.abs(a.row - here.row) - Math.abs(b.row - here.row))[0]?.id ?? null;
  if (key === 'ArrowLeft') return nearest(steps.find((step) => step.id === id)?.dependsOn ?? []);
  if (key === 'ArrowRight') return nearest(steps.filter((step) => step.dependsOn.includes(id)).map((step) => step.id));
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return null;
  const direction = key === 'ArrowDown' ? 1 : -1;
  const column = [...layout.nodes.values()].filter(
    (node) => node.column === here.column && (node.row - here.row) * direction > 0,
  );
  return column.toSorted((a, b) => Math.abs(a.row - here.row) - Math.abs(b.row - here.row))[0]?.id ?? null;
}
