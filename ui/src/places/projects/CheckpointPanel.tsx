import { useState } from 'react';
import { type Fact, KeyValues } from '#ui/components/facts/Facts.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { LineDto, ProjectDto, SpendThenDto, ThenDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { decisionWords } from '#ui/places/shared/decisions.ts';
import { useClock } from '#ui/words/clock.tsx';
import { count, countOf, exactTime, fromHost } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { type CheckpointEvent, type HistoryEvent, lineName } from './fromHistory.ts';
import type { HistoryActs } from './HistoryPanel.tsx';
import { RollBackDialog } from './RollBackDialog.tsx';
import { FilesThen, SaidThen, SpendThenPart, StateThen } from './ThenParts.tsx';

const PARTS = ['state', 'files', 'conversation', 'spend'] as const;
type Part = (typeof PARTS)[number];

/** A checkpoint, and the project as it was there. */
export function CheckpointPanel({
  event,
  project,
  lines,
  events,
  acts,
}: {
  event: CheckpointEvent;
  project: ProjectDto;
  lines: readonly LineDto[];
  events: readonly HistoryEvent[];
  acts: HistoryActs;
}) {
  const { point, row } = event;
  const then = useOperation('project.checkpoint', { project: project.id, checkpoint: point.hash });
  const [part, setPart] = useState<Part>('state');
  const [back, setBack] = useState(false);
  const open = () => {
    acts.stay(); // a newer checkpoint does not take its place meanwhile
    setBack(true);
  };
  const { compare } = acts;
  return (
    <aside className="pane pane-side hist-side" aria-label={t('history.chosen')}>
      <div className="pane grow">
        <div className="sect">
          <div className="row meta">
            <span>
              {then.data
                ? t('history.place', {
                    place: countOf(then.data.place, then.data.places),
                    line: point.run === null ? lineName(lines, point.line) : row.who,
                  })
                : t('history.chosen')}
            </span>
            <span className="push row row-4">
              <Beside action="previousCheckpoint" act={acts.older} />
              <Beside action="nextCheckpoint" act={acts.newer} />
            </span>
          </div>
          <h2>{row.title}</h2>
          <About event={event} events={events} />
        </div>
        <div className="sect sect-open">
          <Segment
            label={t('history.then')}
            choices={PARTS.map((id) => ({ id, name: partName(id, then.data) }))}
            chosen={part}
            onChoose={setPart}
          />
          <Answered query={then}>
            {(data) => (
              <>
                {part === 'state' && <StateThen then={data} project={project} />}
                {part === 'files' && <FilesThen then={data} />}
                {part === 'conversation' && <SaidThen then={data} project={project} />}
                {part === 'spend' && <SpendThenPart then={data} />}
              </>
            )}
          </Answered>
        </div>
      </div>
      <div className="dock">
        {compare && (
          <ActButton action="compare" icon="compare" onAct={() => compare(event)}>
            {t('history.compare')}
          </ActButton>
        )}
        {point.run === null && (
          <ActButton action="rollBack" kind="danger" className="push" icon="rewind" onAct={open}>
            {t('history.rollBack')}
          </ActButton>
        )}
      </div>
      {back && (
        <RollBackDialog project={project} checkpoint={point.hash} title={row.title} onClose={() => setBack(false)} />
      )}
    </aside>
  );
}

function partName(part: Part, then: ThenDto | undefined): string {
  const name = t(`history.part.${part}`);
  if (part === 'files' && then && then.files.length > 0) return `${name} ${count(then.files.length)}`;
  return name;
}

function Beside({ action, act }: { action: 'previousCheckpoint' | 'nextCheckpoint'; act: (() => void) | undefined }) {
  const name = t(`action.${action}`);
  return (
    <ActButton
      action={action}
      small
      bare
      kind="quiet"
      icon="chev-r"
      {...(action === 'previousCheckpoint' && { className: 'flip' })}
      onAct={() => act?.()}
      reason={act ? undefined : t('history.noFurther')}
    >
      <span className="sr">{name}</span>
    </ActButton>
  );
}

function About({ event, events }: { event: CheckpointEvent; events: readonly HistoryEvent[] }) {
  const clock = useClock();
  const { point, row } = event;
  const parent = events.find((one) => one.kind === 'checkpoint' && one.point.hash === point.parent);
  const decided = events.flatMap((one) =>
    one.kind === 'decision' && point.decisions.includes(one.decision.id) ? [one.decision] : [],
  );
  const facts: Fact[] = [
    { label: t('history.when'), value: exactTime(clock, fromHost(point.at)) },
    { label: t('history.who'), value: row.who },
    { label: t('history.hash'), value: <Seal hex={point.hash} digits={16} /> },
    ...(point.parent === null
      ? []
      : [
          {
            label: t('history.parent'),
            value: (
              <span className="row row-4">
                <Seal hex={point.parent} digits={8} />
                {parent && <span className="meta cut">{parent.row.title}</span>}
              </span>
            ),
          },
        ]),
    ...(decided.length === 0
      ? []
      : [
          {
            label: t('history.allowedBy'),
            value: (
              <span className="col col-2">
                {decided.map((decision) => (
                  <span key={decision.id}>
                    {decisionWords(decision)} <span className="meta">{decision.by}</span>
                  </span>
                ))}
              </span>
            ),
          },
        ]),
    { label: t('history.costHere'), value: <Cost spend={point.cost} /> },
  ];
  return <KeyValues facts={facts} />;
}

function Cost({ spend }: { spend: SpendThenDto }) {
  if (spend.calls === 0) return <span className="meta">{t('history.noCost')}</span>;
  return (
    <span>
      {spend.charged_usd}{' '}
      <span className="meta">{t('history.tokens', { count: spend.tokens, of: count(spend.tokens) })}</span>
    </span>
  );
}
