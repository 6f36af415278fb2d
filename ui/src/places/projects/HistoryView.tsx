import { useState } from 'react';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { Timeline, type TimelineDay, type TimelineRow } from '#ui/components/timeline/Timeline.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { AnchorLine } from '#ui/places/shared/AnchorLine.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { CheckpointPanel } from './CheckpointPanel.tsx';
import type { HistoryActs, HistoryModel, ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

type Filter = 'all' | 'decisions' | 'ends' | 'errors';
const FILTERS: readonly Filter[] = ['all', 'decisions', 'ends', 'errors'];

/** Everything that happened, as checkpoints on branches; any of them can be forked, compared or gone back to. */
export function HistoryView({
  head,
  model,
  chosen,
  acts,
}: {
  head: ProjectHead;
  model: HistoryModel;
  chosen: string | null;
  acts: HistoryActs;
}) {
  const [filter, setFilter] = useState<Filter>('all');
  const days = filterDays(model.days, filter);
  return (
    <>
      <ProjectBar head={head} tab="history">
        <Button small icon="download" onClick={acts.exportHistory}>
          {t('history.export')}
        </Button>
        <Button small icon="play" onClick={acts.replay}>
          {t('history.replay')}
        </Button>
      </ProjectBar>
      <VerifyBanner model={model} acts={acts} />
      {model.verified && <AnchorLine verified={model.verified} />}
      <div className="body">
        <section className="pane grow" aria-label={t('history.checkpoints')}>
          <div className="bar-2">
            <Segment
              label={t('history.show')}
              choices={FILTERS.map((id) => ({ id, name: t(`history.filter.${id}`) }))}
              chosen={filter}
              onChoose={setFilter}
            />
            <span className="push row row-12">
              {model.branches.map((branch, index) => (
                <span key={branch.id} className="key">
                  <i className={index === 0 ? 'main-line' : 'c-1'} />
                  {branch.id}
                </span>
              ))}
            </span>
          </div>
          <div className="pane grow">
            <Timeline
              label={t('history.newest')}
              days={days}
              branches={model.branches}
              chosen={chosen}
              onChoose={acts.choose}
            />
          </div>
        </section>
        {model.detail && <CheckpointPanel detail={model.detail} days={days} acts={acts} />}
      </div>
    </>
  );
}

function matches(row: TimelineRow, filter: Filter): boolean {
  if (filter === 'all') return true;
  if (row.kind === undefined) return false;
  return row.kind === filter;
}

/** Days without a row that matches are left out. */
function filterDays(days: readonly TimelineDay[], filter: Filter): TimelineDay[] {
  return days
    .map((day) => ({ ...day, rows: day.rows.filter((row) => matches(row, filter)) }))
    .filter((day) => day.rows.length > 0);
}

function VerifyBanner({ model, acts }: { model: HistoryModel; acts: HistoryActs }) {
  const clock = useClock();
  const again = (
    <ActButton action="verify" small bare onAct={acts.verify}>
      {t('history.verifyAgain')}
    </ActButton>
  );
  if (model.broken) {
    return (
      <Banner status="fail" flush urgent action={again}>
        {t('history.broken', { entry: count(model.broken.entry) })}
      </Banner>
    );
  }
  if (!model.verified) {
    return (
      <Banner status="run" flush>
        {t('frame.checking')}
      </Banner>
    );
  }
  const { at, entries, anchoredTo } = model.verified;
  return (
    <Banner
      status="done"
      flush
      action={
        <>
          <Button small icon="anchor" onClick={acts.anchor}>
            {t('history.anchorNow')}
          </Button>
          {again}
        </>
      }
    >
      <strong className="strong">{t('history.verified', { time: clockTime(clock, at) })}</strong>{' '}
      {t('history.unbroken', { entries: count(entries) })}{' '}
      {anchoredTo > 0 &&
        (anchoredTo < entries
          ? t('history.anchoredPart', { to: count(anchoredTo), rest: count(entries - anchoredTo) })
          : t('history.anchoredAll'))}
    </Banner>
  );
}
