import { type KeyboardEvent, useMemo, useRef } from 'react';
import { t } from '#ui/words/words.ts';
import { Wires } from '../wires/Wires.tsx';
import { PlanNode, type PlanNodeModel } from './PlanNode.tsx';
import { layoutPlan, NODE, type PlanStep, stepAfterKey } from './planLayout.ts';

export type GraphStep = PlanStep & PlanNodeModel;

/** A plan as a graph by day: one tab stop, arrow keys along the edges. The list view of the plan has the same data. */
export function PlanGraph({
  steps,
  columnNames,
  chosen,
  onChoose,
}: {
  steps: readonly GraphStep[];
  columnNames: readonly string[];
  chosen: string | null;
  onChoose: (id: string) => void;
}) {
  const layout = useMemo(() => layoutPlan(steps), [steps]);
  const tree = useRef<HTMLDivElement>(null);
  const first = chosen ?? steps[0]?.id;
  const byId = new Map(steps.map((step) => [step.id, step]));
  const move = (event: KeyboardEvent) => {
    const next = chosen && stepAfterKey(layout, steps, chosen, event.key);
    if (!next) return;
    event.preventDefault();
    onChoose(next);
    tree.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(next)}"]`)?.focus();
  };
  const wires = layout.wires.map((wire) => ({
    id: `${wire.from} ${wire.to}`,
    path: wire.path,
    on: wire.from === chosen || wire.to === chosen,
    plan: byId.get(wire.from)?.status === 'build' || byId.get(wire.to)?.status === 'build',
  }));
  return (
    <div className="canvas" style={{ width: layout.width, height: layout.height }}>
      {columnNames.slice(0, layout.columns).map((name, column) => (
        <span key={name} className="meta plan-column" style={{ left: NODE.left + column * NODE.stepX }}>
          {name}
        </span>
      ))}
      <hr className="rule plan-rule" />
      <Wires width={layout.width} height={layout.height} wires={wires} />
      <div ref={tree} role="tree" aria-label={t('plan.graph')} onKeyDown={move}>
        {steps.map((step) => {
          const place = layout.nodes.get(step.id);
          return (
            place && (
              <PlanNode
                key={step.id}
                node={step}
                chosen={step.id === chosen}
                place={place}
                data-step={step.id}
                tabIndex={step.id === first ? 0 : -1}
                onClick={() => onChoose(step.id)}
                onFocus={() => step.id !== chosen && onChoose(step.id)}
              />
            )
          );
        })}
      </div>
    </div>
  );
}
