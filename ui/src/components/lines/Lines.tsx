import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react';
import { classes } from '../classes.ts';

/** Below this all lines are drawn; above, those in view, in a box that scrolls by itself. */
const DRAW_ALL = 400;
const LINE = 18;

/** Lines of code, however many. `onEnd`: the last one was in view, or all of them are drawn. */
export function Lines({
  count,
  line,
  label,
  className,
  onEnd,
}: {
  count: number;
  line: (index: number) => ReactNode;
  label: string;
  className?: string | undefined;
  onEnd?: (() => void) | undefined;
}) {
  const all = count <= DRAW_ALL;
  const ended = useEffectEvent(() => onEnd?.());
  useEffect(() => {
    if (all) ended();
  }, [all]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={classes('lines', className)} role="group" tabIndex={0} aria-label={label}>
      {all ? (
        Array.from({ length: count }, (_, index) => line(index))
      ) : (
        <LinesInView count={count} line={line} onEnd={ended} />
      )}
    </div>
  );
}

/** Lines of plain text. */
export function TextLines({
  lines,
  label,
  onEnd,
}: {
  lines: readonly string[];
  label: string;
  onEnd?: (() => void) | undefined;
}) {
  return (
    <Lines
      label={label}
      count={lines.length}
      onEnd={onEnd}
      line={(index) => (
        <div key={index} className="line">
          {lines[index]}
        </div>
      )}
    />
  );
}

function LinesInView({ count, line, onEnd }: { count: number; line: (index: number) => ReactNode; onEnd: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => LINE,
    overscan: 20,
  });
  // What is drawn beyond the edge was not in view; the range is what was.
  const last = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (last >= count - 1) onEnd();
  }, [last, count, onEnd]);
  return (
    <div ref={box} className="lines-box">
      <div className="lines-all" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="lines-one"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {line(item.index)}
          </div>
        ))}
      </div>
    </div>
  );
}
