import { type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { Header, type Key, ListBox, ListBoxItem, ListBoxSection, ListLayout, Virtualizer } from 'react-aria-components';
import { money } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { classes } from '../classes.ts';
import { Icon } from '../icon/Icon.tsx';
import type { IconName } from '../icon/icons.ts';
import { SealText } from '../seal/Seal.tsx';
import { StatusIcon } from '../status/StatusIcon.tsx';
import type { Status } from '../status/statuses.ts';
import { DAY_HEIGHT, layoutRail, type Rail, type RailBranch, ROW_HEIGHT } from './rail.ts';

export interface TimelineRow {
  id: string;
  branch: string;
  at: number;
  title: string;
  who: string;
  hash?: string;
  /** Spent up to here, in microdollars. */
  spent?: number;
  /** A checkpoint shows a status, an input or a mark its icon. */
  mark: { status: Status } | { icon: IconName };
  /** It is of a run, below the project's own. */
  nested?: boolean;
  /** No checkpoint, though its mark is a status. */
  hollow?: boolean;
  /** What a filter finds it by; most rows are none of these. */
  kind?: 'decisions' | 'ends' | 'errors';
}

export interface TimelineDay {
  name: string;
  rows: readonly TimelineRow[];
}

/** Letters are keys of actions here: no row is found by typing, or the list would take them. Nobody can type a word joiner. */
const NOT_TYPED = '\u2060';

/** Above this many rows only what is in view is drawn. */
const DRAW_ALL = 100;

interface TimelineProps {
  label: string;
  days: readonly TimelineDay[];
  branches: readonly RailBranch[];
  chosen: string | null;
  onChoose: (id: string) => void;
}

/** Checkpoints, newest first, with the rail that joins them. Branches beyond the first are drawn in the accent. */
export function Timeline(props: TimelineProps) {
  const rail = useMemo(
    () =>
      layoutRail(
        props.days.map((day) => ({
          rows: day.rows.map((row) => ({ id: row.id, branch: row.branch, hollow: row.hollow ?? 'icon' in row.mark })),
        })),
        props.branches,
      ),
    [props.days, props.branches],
  );
  if (rail.dots.length > DRAW_ALL) return <LongTimeline {...props} rail={rail} />;
  return (
    <div className="tl">
      <TimelineList {...props} />
      <RailLines rail={rail} chosen={props.chosen} />
    </div>
  );
}

/** The list scrolls itself, and the rail follows it. */
function LongTimeline({ rail, ...props }: TimelineProps & { rail: Rail }) {
  const list = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0 });
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const read = () => setView({ top: element.scrollTop, height: element.clientHeight });
    const watcher = new ResizeObserver(read);
    watcher.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      watcher.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, []);
  return (
    <div className="tl tl-long">
      <Virtualizer layout={ListLayout} layoutOptions={{ rowHeight: ROW_HEIGHT, headingHeight: DAY_HEIGHT }}>
        <TimelineList {...props} scroller={list} />
      </Virtualizer>
      <div className="tl-rail">
        <RailLines rail={rail} chosen={props.chosen} window={view} />
      </div>
    </div>
  );
}

function TimelineList({
  label,
  days,
  chosen,
  onChoose,
  scroller,
}: TimelineProps & { scroller?: RefObject<HTMLDivElement | null> }) {
  return (
    <ListBox
      {...(scroller && { ref: scroller })}
      aria-label={label}
      selectionMode="single"
      selectedKeys={chosen ? [chosen] : []}
      disallowEmptySelection={chosen !== null}
      onSelectionChange={(keys) => {
        const [key] = [...(keys as Set<Key>)];
        if (key !== undefined) onChoose(String(key));
      }}
    >
      {days.map((day) => (
        <ListBoxSection key={day.name} id={day.name} aria-label={day.name}>
          <Header className="tl-day">{day.name}</Header>
          {day.rows.map((row) => (
            <ListBoxItem
              key={row.id}
              id={row.id}
              className={classes('tl-row', row.nested && 'tl-nested')}
              textValue={NOT_TYPED}
            >
              <TimelineParts row={row} />
            </ListBoxItem>
          ))}
        </ListBoxSection>
      ))}
    </ListBox>
  );
}

function TimelineParts({ row }: { row: TimelineRow }): ReactNode {
  return (
    <>
      <Time at={row.at} as="clock" />
      <span />
      <span className="cut strong row">
        {'status' in row.mark ? (
          <StatusIcon status={row.mark.status} />
        ) : (
          <Icon name={row.mark.icon} className="tl-mark" />
        )}
        <span className="cut">{row.title}</span>
      </span>
      <span className="row row-12">
        <span className="meta cut wide tl-who">{row.who}</span>
        <span className="meta wide tl-hash">{row.hash && <SealText hex={row.hash} />}</span>
        <span className="num tl-spent">{row.spent !== undefined && money(row.spent)}</span>
      </span>
    </>
  );
}

/** `window`: the part that is scrolled into view; dots outside it are left out. */
function RailLines({
  rail,
  chosen,
  window,
}: {
  rail: Rail;
  chosen: string | null;
  window?: { top: number; height: number };
}) {
  const dots = window
    ? rail.dots.filter((dot) => dot.y > window.top - ROW_HEIGHT && dot.y < window.top + window.height + ROW_HEIGHT)
    : rail.dots;
  return (
    <svg
      className="rail"
      width={rail.width}
      height={rail.height}
      aria-hidden="true"
      style={window && { transform: `translateY(${-window.top}px)` }}
    >
      {rail.lines.map(({ branch, line, path }) => (
        <path key={branch} d={path} className={line === 0 ? 'rail-main' : 'rail-branch'} />
      ))}
      {dots.map((dot) =>
        dot.id === chosen ? (
          <g key={dot.id} className="rail-chosen">
            <circle cx={dot.x} cy={dot.y} r={6} />
            <circle cx={dot.x} cy={dot.y} r={2.5} />
          </g>
        ) : (
          <circle
            key={dot.id}
            cx={dot.x}
            cy={dot.y}
            r={3.5}
            className={`${dot.line === 0 ? 'rail-dot' : 'rail-dot-branch'}${dot.hollow ? ' rail-hollow' : ''}`}
          />
        ),
      )}
    </svg>
  );
}
