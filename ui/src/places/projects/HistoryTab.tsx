import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { Timeline } from '#ui/components/timeline/Timeline.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { HistoryDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useOperationPages } from '#ui/ipc/operations.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { Verification } from '#ui/places/shared/Verification.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { t } from '#ui/words/words.ts';
import { Comparison } from './Comparison.tsx';
import {
  besideOf,
  branchesOf,
  type CheckpointEvent,
  daysOf,
  HISTORY_FILTERS,
  type HistoryEvent,
  type HistoryFilter,
  historyOf,
} from './fromHistory.ts';
import { HistoryPanel } from './HistoryPanel.tsx';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

/** Two checkpoints, by their hashes. */
interface Pair {
  from: string;
  to: string;
}

/** Whether the record holds, what stands in it of this project, and how the project was at any checkpoint. */
export function HistoryTab({ head, project }: { head: ProjectHead; project: ProjectDto }) {
  const pages = useOperationPages(
    'project.history',
    (before: HistoryDto['older']) => ({ project: project.id, before, limit: null }),
    (page) => page.older,
  );
  const [pair, setPair] = useState<Pair | null>(null);
  const [picked, setPicked] = useState<string | null>(null);
  const older = pages.hasNextPage
    ? { busy: pages.isFetchingNextPage, show: () => void pages.fetchNextPage() }
    : undefined;
  return (
    <>
      <ProjectBar head={head} tab="history">
        {pair && (
          <ActButton action="back" small bare icon="x" onAct={() => setPair(null)}>
            {t('compare.close')}
          </ActButton>
        )}
      </ProjectBar>
      <Answered query={{ data: pages.data?.pages, error: pages.error, refetch: pages.refetch }}>
        {(read) => {
          const events = historyOf(project, read);
          const points = events.filter((event): event is CheckpointEvent => event.kind === 'checkpoint');
          const lines = read[0]?.lines ?? [];
          return pair ? (
            <Comparison project={project} points={points} lines={lines} pair={pair} onPair={setPair} />
          ) : (
            <History
              project={project}
              events={events}
              lines={lines}
              older={older}
              onCompare={setPair}
              picked={picked}
              onPick={setPicked}
            />
          );
        }}
      </Answered>
    </>
  );
}

interface Older {
  busy: boolean;
  show: () => void;
}

function History({
  project,
  events,
  lines,
  older,
  onCompare,
  picked,
  onPick,
}: {
  project: ProjectDto;
  events: readonly HistoryEvent[];
  lines: HistoryDto['lines'];
  older: Older | undefined;
  onCompare: (pair: Pair) => void;
  picked: string | null;
  onPick: (row: string) => void;
}) {
  const clock = useClock();
  const [filter, setFilter] = useState<HistoryFilter>('all');
  const days = daysOf(clock, events, filter);
  const newest = events.find((event) => event.kind === 'checkpoint');
  const chosen = events.find((event) => event.row.id === picked) ?? newest;
  const beside = (by: 1 | -1) => besideOf(events, chosen?.row.id ?? null, by);
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
            branches={branchesOf(lines)}
            chosen={chosen?.row.id ?? null}
            onChoose={onPick}
          />
        )}
        {older && (
          <div className="pad-s">
            <Button small busy={older.busy && t('history.reading')} onClick={older.show}>
              {t('history.older')}
            </Button>
          </div>
        )}
      </section>
      {chosen && (
        <HistoryPanel
          key={chosen.row.id}
          event={chosen}
          project={project}
          lines={lines}
          events={events}
          acts={{
            older: stepTo(beside(1), onPick),
            newer: stepTo(beside(-1), onPick),
            compare: compareWith(newest, onCompare),
            stay: () => onPick(chosen.row.id),
          }}
        />
      )}
    </div>
  );
}

function stepTo(id: string | null, pick: (id: string) => void): (() => void) | undefined {
  return id === null ? undefined : () => pick(id);
}

/** A checkpoint is compared with the newest; the newest with the one before it. */
function compareWith(newest: HistoryEvent | undefined, onCompare: (pair: Pair) => void) {
  if (newest?.kind !== 'checkpoint') return undefined;
  return (event: CheckpointEvent) => {
    const { hash, parent } = event.point;
    const pair =
      hash === newest.point.hash
        ? parent !== null && { from: parent, to: hash }
        : { from: hash, to: newest.point.hash };
    if (pair) onCompare(pair);
  };
}
