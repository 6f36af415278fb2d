import { expect, test } from 'vitest';
import { layoutPlan, NODE, type PlanStep, stepAfterKey } from './planLayout.ts';

const step = (id: string, ...dependsOn: string[]): PlanStep => ({ id, dependsOn });

/** Columns and rows as one line each: what a person would draw. */
function grid(steps: readonly PlanStep[]): string[] {
  return [...layoutPlan(steps).nodes.values()].map((node) => `${node.id} ${node.column},${node.row}`).toSorted();
}

test('a step stands one column after its last dependency, in the row of the first that is free', () => {
  expect(grid([step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c')])).toEqual([
    'a 0,0',
    'b 1,0',
    'c 1,1',
    'd 2,0',
  ]);
});

test('a wire runs along the row of its source, so no other step is put there before it ends', () => {
  const steps = [step('a'), step('long'), step('b', 'a'), step('c', 'b'), step('end', 'c', 'long')];
  const { nodes } = layoutPlan(steps);
  const long = nodes.get('long');
  const inItsWay = [...nodes.values()].filter(
    (node) => node.id !== 'long' && node.id !== 'end' && node.row === long?.row,
  );
  expect(inItsWay).toEqual([]);
});

test('steps of one day stand under one another', () => {
  const steps: PlanStep[] = [
    { id: 'import', dependsOn: [], column: 4 },
    { id: 'test', dependsOn: ['import'], column: 4 },
  ];
  const { nodes, wires } = layoutPlan(steps);
  const second = nodes.get('test');
  expect([second?.row, wires[0]?.path]).toEqual([
    1,
    `M${(second?.x ?? 0) + NODE.width / 2} ${NODE.top + NODE.height}V${second?.y}`,
  ]);
});

test('no two steps share a place, whatever the graph', () => {
  const steps = Array.from({ length: 60 }, (_, index) =>
    step(
      String(index),
      ...[index - 1, index - 4, index - 9].filter((other) => other >= 0 && (index * 7 + other) % 3 === 0).map(String),
    ),
  );
  const places = [...layoutPlan(steps).nodes.values()].map((node) => `${node.column},${node.row}`);
  expect(new Set(places).size).toBe(places.length);
});

test('a circle or a missing dependency still gives a picture', () => {
  expect(grid([step('a', 'b'), step('b', 'a'), step('c', 'gone')])).toHaveLength(3);
});

test('arrow keys walk the edges', () => {
  const steps = [step('a'), step('b', 'a'), step('c', 'a'), step('d', 'b', 'c')];
  const layout = layoutPlan(steps);
  const go = (from: string, key: string) => stepAfterKey(layout, steps, from, key);
  expect([
    go('a', 'ArrowRight'),
    go('b', 'ArrowDown'),
    go('c', 'ArrowRight'),
    go('d', 'ArrowLeft'),
    go('a', 'ArrowLeft'),
    go('a', 'x'),
  ]).toEqual(['b', 'c', 'd', 'b', null, null]);
});
