import { type Fact, KeyValues } from '#ui/components/facts/Facts.tsx';
import { TextLines } from '#ui/components/lines/Lines.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import type { DecisionMomentDto, EffectMomentDto, LineDto, ProjectDto, StepMomentDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { requestOf } from '#ui/places/inbox/exactly.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { channelName } from '#ui/places/shared/decisions.ts';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { useClock } from '#ui/words/clock.tsx';
import { count, exactTime, fromHost } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { CheckpointPanel } from './CheckpointPanel.tsx';
import { type CheckpointEvent, grantWords, type HistoryEvent } from './fromHistory.ts';

export interface HistoryActs {
  /** Absent at the ends of what is listed. */
  older: (() => void) | undefined;
  newer: (() => void) | undefined;
  compare: ((event: CheckpointEvent) => void) | undefined;
  /** Keeps this one, whatever comes. */
  stay: () => void;
}

/** One thing that happened: what exactly, when, by whom, and under which hash. */
export function HistoryPanel({
  event,
  project,
  lines,
  events,
  acts,
}: {
  event: HistoryEvent;
  project: ProjectDto;
  lines: readonly LineDto[];
  events: readonly HistoryEvent[];
  acts: HistoryActs;
}) {
  if (event.kind === 'checkpoint')
    return <CheckpointPanel event={event} project={project} lines={lines} events={events} acts={acts} />;
  return (
    <aside className="pane pane-side hist-side" aria-label={t('history.chosenMoment')}>
      <div className="sect">
        <h2>{event.row.title}</h2>
        {event.kind === 'decision' && <Decision decision={event.decision} />}
        {event.kind === 'effect' && <Effect effect={event.effect} who={event.row.who} />}
        {event.kind === 'step' && <Step step={event.step} />}
      </div>
      {event.kind === 'effect' && <EffectOutcome effect={event.effect.id} />}
    </aside>
  );
}

function Step({ step }: { step: StepMomentDto }) {
  const clock = useClock();
  return (
    <>
      <KeyValues
        facts={[
          { label: t('history.when'), value: exactTime(clock, fromHost(step.at)) },
          { label: t('projects.status'), value: stepStanding(step.status).words },
          { label: t('run.runs'), value: count(step.runs) },
        ]}
      />
      {step.summary && <p className="prose-s plan-step-text">{visible(step.summary)}</p>}
    </>
  );
}

function Decision({ decision }: { decision: DecisionMomentDto }) {
  const clock = useClock();
  return (
    <>
      <KeyValues
        facts={[
          { label: t('history.when'), value: exactTime(clock, fromHost(decision.at)) },
          { label: t('history.who'), value: decision.by },
          { label: t('history.channel'), value: channelName(decision.channel) },
          ...(decision.action_hash === null
            ? []
            : [{ label: t('history.decidedHash'), value: <Seal hex={decision.action_hash} digits={16} /> }]),
        ]}
      />
      {decision.reason && (
        <>
          <h4>{t('history.reason')}</h4>
          <p className="prose-s plan-step-text">{visible(decision.reason)}</p>
        </>
      )}
    </>
  );
}

function Effect({ effect, who }: { effect: EffectMomentDto; who: string }) {
  const clock = useClock();
  return (
    <KeyValues
      facts={[
        { label: t('history.intended'), value: exactTime(clock, fromHost(effect.at)) },
        ...(effect.settled_at === null
          ? []
          : [{ label: t('history.settled'), value: exactTime(clock, fromHost(effect.settled_at)) }]),
        ...(who === '' ? [] : [{ label: t('history.who'), value: who }]),
        { label: t('history.allowedBy'), value: grantWords(effect.granted_by) },
      ]}
    />
  );
}

function EffectOutcome({ effect }: { effect: string }) {
  const detail = useOperation('effect.get', { effect });
  return (
    <Answered query={detail}>
      {({ action, said, code, stdout, stderr, containment }) => {
        const facts: Fact[] = [
          { label: t('history.exactly'), value: <span className="mono break">{requestOf(action)}</span> },
          ...('folder' in action
            ? [{ label: t('exactly.folder'), value: <span className="mono break">{oneLine(action.folder)}</span> }]
            : []),
          ...(code === null ? [] : [{ label: t('history.code'), value: String(code) }]),
          ...(containment === null ? [] : [{ label: t('history.confined'), value: containment }]),
          ...(said === null ? [] : [{ label: t('history.reason'), value: oneLine(said) }]),
        ];
        return (
          <div className="sect">
            <KeyValues facts={facts} />
            {stdout && <Printed title={t('history.printed')} text={stdout} />}
            {stderr && <Printed title={t('history.complained')} text={stderr} />}
          </div>
        );
      }}
    </Answered>
  );
}

function Printed({ title, text }: { title: string; text: string }) {
  const lines = visible(text).split('\n');
  return (
    <>
      <h4>{title}</h4>
      <div className="card">
        <TextLines label={title} lines={lines} />
      </div>
    </>
  );
}
