import { Fragment, type ReactNode } from 'react';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, type Instant } from '#ui/words/format.ts';
import { classes } from '../classes.ts';
import { MemberChip } from '../member/Member.tsx';
import type { MemberRef } from '../member/member.ts';
import { StatusIcon } from '../status/StatusIcon.tsx';
import { hueOf, type Status } from '../status/statuses.ts';
import { placeOf, type Span, ticksOf } from './laneScale.ts';

export interface LaneBar extends Span {
  id: string;
  status: Status;
  text: string;
  /** Not yet done: dashed, without an icon. */
  expected?: boolean;
}

export interface Lane {
  member: MemberRef;
  bars: readonly LaneBar[];
}

const NEAR_NOW = 7;

const at = (x: number, width?: number) =>
  ({ '--x': `${x}%`, ...(width !== undefined && { '--v': `${width}%` }) }) as React.CSSProperties;

/** Who did what when, one lane for each member. Bars name their steps; the list of steps has the same in words. */
export function Lanes({
  label,
  head,
  span,
  lanes,
}: {
  label: string;
  head?: ReactNode;
  span: Span;
  lanes: readonly Lane[];
}) {
  const clock = useClock();
  const now = placeOf(clock.now, span);
  return (
    <section className="lanes" aria-label={label}>
      <div className="meta">
        <span className="wide">{head}</span>
      </div>
      <LaneScale span={span} now={now} nowText={clockTime(clock, clock.now)} />
      {lanes.map((lane) => (
        <Fragment key={lane.member.id}>
          <div>
            <MemberChip member={lane.member} />
          </div>
          <div className="lane">
            {lane.bars.map((bar) => {
              const x = placeOf(bar.from, span);
              return (
                <span
                  key={bar.id}
                  className={classes('lane-bar', bar.expected ? 'next' : hueOf(bar.status))}
                  style={at(x, placeOf(bar.to, span) - x)}
                  title={bar.text}
                >
                  {!bar.expected && <StatusIcon status={bar.status} />}
                  <span className="cut">{bar.text}</span>
                </span>
              );
            })}
            <span className="now" style={at(now)} />
          </div>
        </Fragment>
      ))}
    </section>
  );
}

function LaneScale({ span, now, nowText }: { span: Span; now: number; nowText: string }) {
  const clock = useClock();
  const ticks = ticksOf(span).filter((tick: Instant) => Math.abs(placeOf(tick, span) - now) > NEAR_NOW);
  return (
    <div className="lane" aria-hidden="true">
      {ticks.map((tick, index) => (
        <span
          key={tick}
          className={classes('meta lane-tick', index % 2 === 1 && 'wide')}
          style={at(placeOf(tick, span))}
        >
          {index === 0 ? clockTime(clock, tick) : shortTick(clockTime(clock, tick))}
        </span>
      ))}
      <span className="meta lane-tick lane-now" style={at(now)}>
        {nowText}
      </span>
    </div>
  );
}

/** After the first tick a full hour needs no minutes. */
function shortTick(time: string): string {
  return time.endsWith(':00') ? time.slice(0, 2) : time;
}
