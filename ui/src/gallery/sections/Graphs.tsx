import { useState } from 'react';
import { Card } from '#ui/components/card/Card.tsx';
import { StateChange } from '#ui/components/change/StateChange.tsx';
import { Lanes } from '#ui/components/lanes/Lanes.tsx';
import { OrgNode } from '#ui/components/org-node/OrgNode.tsx';
import { PlanGraph } from '#ui/components/plan-node/PlanGraph.tsx';
import { PlanNode } from '#ui/components/plan-node/PlanNode.tsx';
import { Timeline } from '#ui/components/timeline/Timeline.tsx';
import {
  BRANCHES,
  CHANGES,
  LANE_SPAN,
  LANE_WORDS,
  LANES,
  NODES,
  ORG_NODES,
  PLAN_COLUMNS,
  PLAN_STEPS,
  TIMELINE,
  TIMELINE_LABEL,
} from '../fixtures/graphs.ts';
import { Spec } from '../Spec.tsx';

export function Graphs() {
  const [step, setStep] = useState('7');
  const [member, setMember] = useState('priya.raman');
  const [checkpoint, setCheckpoint] = useState('c4d98e13');
  return (
    <>
      <Spec id="plan">
        <div className="row row-wrap row-12" role="tree" aria-label={LANE_WORDS.nodes}>
          {NODES.map((node) => (
            <PlanNode key={node.id} node={node} chosen={node.id === '9'} tabIndex={node.id === '9' ? 0 : -1} />
          ))}
        </div>
        <div className="pane scroll-x table-wrap">
          <PlanGraph steps={PLAN_STEPS} columnNames={PLAN_COLUMNS} chosen={step} onChoose={setStep} />
        </div>
      </Spec>
      <Spec id="org">
        <div className="row row-wrap row-12">
          {ORG_NODES.map((node) => (
            <OrgNode
              key={node.member.id}
              node={node}
              chosen={node.member.id === member}
              onClick={() => setMember(node.member.id)}
            />
          ))}
        </div>
      </Spec>
      <Spec id="lanes">
        <Lanes label={LANE_WORDS.label} head={LANE_WORDS.head} span={LANE_SPAN} lanes={LANES} />
      </Spec>
      <Spec id="timeline">
        <Timeline
          label={TIMELINE_LABEL}
          days={TIMELINE}
          branches={BRANCHES}
          chosen={checkpoint}
          onChoose={setCheckpoint}
        />
      </Spec>
      <Spec id="change">
        <Card>
          {CHANGES.map((change) => (
            <StateChange key={change.path} change={change} />
          ))}
        </Card>
      </Spec>
    </>
  );
}
