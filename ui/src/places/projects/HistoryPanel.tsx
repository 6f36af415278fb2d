import { type Fact, KeyValues } from '#ui/components/facts/Facts.tsx';
import { TextLines } from '#ui/components/lines/Lines.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import type { CheckpointDto, DecisionDto, EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { requestOf } from '#ui/places/inbox/exactly.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { channelName, decisionWords } from '#ui/places/shared/decisions.ts';
import { useClock } from '#ui/words/clock.tsx';
import { exactTime, fromHost, list } from '#ui/words/format.ts';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { grantWords, type HistoryEvent } from './fromHistory.ts';

/** One thing that happened: what exactly, when, by whom, and under which hash. */
export function HistoryPanel({
  event,
  project,
  decisions,
  events,
}: {
  event: HistoryEvent;
  project: ProjectDto;
  decisions: readonly DecisionDto[];
  events: readonly HistoryEvent[];
}) {
  return (
    <aside className="pane pane-side hist-side" aria-label={t('history.chosen')}>
      <div className="sect">
        <h2>{event.row.title}</h2>
        {event.kind === 'checkpoint' && (
          <Checkpoint
            checkpoint={event.checkpoint}
            project={project}
            decisions={decidedSince(event.checkpoint, events, decisions)}
          />
        )}
        {event.kind === 'decision' && <Decision decision={event.decision} />}
        {event.kind === 'effect' && <Effect effect={event.effect} />}
      </div>
      {event.kind === 'effect' && <EffectOutcome effect={event.effect.id} />}
    </aside>
  );
}

/** What people decided after the checkpoint before this one: a part of why it is as it is. */
function decidedSince(
  checkpoint: CheckpointDto,
  events: readonly HistoryEvent[],
  decisions: readonly DecisionDto[],
): DecisionDto[] {
  const parent = events.find((one) => one.kind === 'checkpoint' && one.checkpoint.hash === checkpoint.parent);
  const from = parent?.kind === 'checkpoint' ? parent.checkpoint.at : Number.NEGATIVE_INFINITY;
  return decisions.filter((decision) => decision.at > from && decision.at <= checkpoint.at);
}

function Checkpoint({
  checkpoint,
  project,
  decisions,
}: {
  checkpoint: CheckpointDto;
  project: ProjectDto;
  decisions: readonly DecisionDto[];
}) {
  const clock = useClock();
  const names = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  return (
    <>
      <KeyValues
        facts={[
          { label: t('history.when'), value: exactTime(clock, fromHost(checkpoint.at)) },
          { label: t('history.who'), value: checkpoint.actor },
          { label: t('history.superstep'), value: String(checkpoint.superstep) },
          ...(checkpoint.steps.length > 0
            ? [{ label: t('history.ended'), value: list(checkpoint.steps.map((step) => names.get(step) ?? step)) }]
            : []),
          {
            label: t('history.state'),
            value: checkpoint.changed.length > 0 ? list(checkpoint.changed) : t('history.nothingChanged'),
          },
          { label: t('history.hash'), value: <Seal hex={checkpoint.hash} digits={16} /> },
          ...(checkpoint.parent === null
            ? []
            : [{ label: t('history.parent'), value: <Seal hex={checkpoint.parent} digits={16} /> }]),
        ]}
      />
      {decisions.length > 0 && (
        <>
          <h4>{t('history.decidedBefore')}</h4>
          {decisions.map((decision) => (
            <div key={decision.id} className="row">
              <span className="grow">{decisionWords(decision)}</span>
              <span className="meta">{decision.by}</span>
            </div>
          ))}
        </>
      )}
    </>
  );
}

function Decision({ decision }: { decision: DecisionDto }) {
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

function Effect({ effect }: { effect: EffectDto }) {
  const clock = useClock();
  return (
    <KeyValues
      facts={[
        { label: t('history.intended'), value: exactTime(clock, fromHost(effect.intended_at)) },
        ...(effect.settled_at === null
          ? []
          : [{ label: t('history.settled'), value: exactTime(clock, fromHost(effect.settled_at)) }]),
        ...(effect.member === null ? [] : [{ label: t('history.who'), value: effect.member }]),
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
