import { Fragment } from 'react';
import { classes } from '#ui/components/classes.ts';
import { placeOf } from '#ui/components/lanes/laneScale.ts';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { hueOf } from '#ui/components/status/statuses.ts';
import { paths } from '#ui/paths.ts';
import { useClock } from '#ui/words/clock.tsx';
import { dayName } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { ProjectLane } from './model.ts';
import { type WeekScale, weekScale } from './weeks.ts';

const at = (x: number, width?: number) =>
  ({ '--x': `${x}%`, ...(width !== undefined && { '--v': `${width}%` }) }) as React.CSSProperties;

/** Below this share of the span a bar has no room for words. */
const ROOM_FOR_TEXT = 5;

/** Days and weeks: what was done, what runs, what is expected, and when each project is due. */
export function ProjectWeeks({ lanes }: { lanes: readonly ProjectLane[] }) {
  const clock = useClock();
  const scale = weekScale(clock.now);
  const now = placeOf(clock.now, scale);
  return (
    <div className="pane grow scroll-x">
      <div className="gantt" style={{ '--u': `${100 / scale.days.length}%` } as React.CSSProperties}>
        <WeekHead scale={scale} />
        {lanes.map((lane) => (
          <Fragment key={lane.id}>
            <div className={classes(lane.sub && 'gantt-sub')}>
              <StatusIcon status={lane.status} />
              <a className={classes('cut grow project-name', !lane.sub && 'strong')} href={paths.project(lane.id)}>
                {lane.name}
              </a>
            </div>
            <div className="lane">
              {lane.bars.map((bar) => {
                const from = placeOf(bar.from, scale);
                const width = placeOf(bar.to, scale) - from;
                return (
                  <span
                    key={bar.id}
                    className={classes('lane-bar', bar.expected ? 'next' : hueOf(bar.status))}
                    style={at(from, width)}
                    title={bar.text}
                  >
                    {!bar.expected && width >= ROOM_FOR_TEXT && <StatusIcon status={bar.status} />}
                    <span className="cut">{width >= ROOM_FOR_TEXT && bar.text}</span>
                  </span>
                );
              })}
              {lane.due && (
                <>
                  <span className={classes('due', lane.due.late && 'late')} style={at(placeOf(lane.due.at, scale))} />
                  <span className={classes('after', lane.due.late && 't-fail')} style={at(placeOf(lane.due.at, scale))}>
                    {lane.due.text}
                  </span>
                </>
              )}
              <span className="now" style={at(now)} />
            </div>
          </Fragment>
        ))}
      </div>
    </div>
  );
}

function WeekHead({ scale }: { scale: WeekScale }) {
  const clock = useClock();
  const today = Math.floor(clock.now / 86_400_000);
  return (
    <>
      <div className="gantt-head gantt-title">
        <span className="meta">{t('projects.project')}</span>
      </div>
      <div className="lane gantt-head">
        {scale.weeks.map((week) => (
          <span key={week.from} className="tick wk" style={at(placeOf(week.from, scale))}>
            {t('projects.week', {
              number: week.number,
              day: dayName({ ...clock, zone: 'UTC' }, week.from).replace(/^\S+ /, ''),
            })}
          </span>
        ))}
        {scale.days.map((day) => (
          <span
            key={day}
            className={classes('tick day', Math.floor(day / 86_400_000) === today && 'on')}
            style={at(placeOf(day, scale))}
          >
            {new Date(day).getUTCDate()}
          </span>
        ))}
      </div>
    </>
  );
}
