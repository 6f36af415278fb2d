import { useState } from 'react';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { Timeline } from '#ui/components/timeline/Timeline.tsx';
import type { CheckpointDto, DecisionDto, EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { Verification } from '#ui/places/shared/Verification.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { t } from '#ui/words/words.ts';
import { BRANCHES, daysOf, HISTORY_FILTERS, type HistoryFilter, historyOf } from './fromHistory.ts';
import { HistoryPanel } from './HistoryPanel.tsx';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

/** Whether the record holds, and what stands in it of this project, checkpoint by checkpoint. */
export function HistoryTab({
  head,
  project,
  effects,
}: {
  head: ProjectHead;
  project: ProjectDto;
  effects: readonly EffectDto[];
}) {
  const checkpoints = useOperation('project.checkpoints', { project: project.id });
  const decisions = useOperation('decision.list', { project: project.id });
  return (
    <>
      <ProjectBar head={head} tab="history" />
      <Answered query={checkpoints}>
        {(points) => (
          <Answered query={decisions}>
            {(decided) => <History project={project} checkpoints={points} decisions={decided} effects={effects} />}
          </Answered>
        )}
      </Answered>
    </>
  );
}

function History({
  project,
  checkpoints,
  decisions,
  effects,
}: {
  project: ProjectDto;
  checkpoints: readonly CheckpointDto[];
  decisions: readonly DecisionDto[];
  effects: readonly EffectDto[];
}) {
  const clock = useClock();
  const [filter, setFilter] = useState<HistoryFilter>('all');
  const [picked, setPicked] = useState<string | null>(null);
  const events = historyOf(project, checkpoints, decisions, effects);
  const days = daysOf(clock, events, filter);
  const chosen = events.find((event) => event.row.id === picked) ?? events.find((event) => event.kind === 'checkpoint');
  return (
    <div className="body">
      <section className="pane grow" aria-label={t('project.tab.history')}>
        <div className="pad history-verify">
          <Verification />
        </div>
        <div className="bar-2">
          <Segment
            label={t('history.show')}
            choices={HISTORY_FILTERS.map((id) => ({ id, name: t(`history.filter.${id}`) }))}
            chosen={filter}
            onChoose={setFilter}
          />
        </div>
        {days.length === 0 ? (
          <div className="blank">
            <Empty icon="clock" level={2} title={t('history.none')}>
              {t('history.noneWhy')}
            </Empty>
          </div>
        ) : (
          <Timeline
            label={t('history.newest')}
            days={days}
            branches={BRANCHES}
            chosen={chosen?.row.id ?? null}
            onChoose={setPicked}
          />
        )}
      </section>
      {chosen && (
        <HistoryPanel key={chosen.row.id} event={chosen} project={project} decisions={decisions} events={events} />
      )}
    </div>
  );
}
