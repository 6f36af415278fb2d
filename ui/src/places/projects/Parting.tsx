import type { ComparedDto } from '#ui/ipc/bindings.ts';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, fromHost } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { CheckpointEvent } from './fromHistory.ts';

/** Where two checkpoints part, as a picture and in words. */
export function Parting({ compared, points }: { compared: ComparedDto; points: readonly CheckpointEvent[] }) {
  const clock = useClock();
  const { parted, parted_at, from, to } = compared;
  const at = (micros: number) => clockTime(clock, fromHost(micros));
  const title = points.find((one) => one.point.hash === parted)?.row.title;
  const straight = parted === from.hash || parted === to.hash;
  const older = from.at <= to.at ? 'A' : 'B';
  return (
    <aside className="pane pane-side" aria-label={t('compare.where')}>
      <div className="sect">
        <h4>{t('compare.where')}</h4>
        {parted !== null && parted_at !== null && (
          <svg
            className="chart cmp-lines"
            viewBox="0 0 312 92"
            role="img"
            aria-label={straight ? t('compare.oneLine') : t('compare.twoLines')}
          >
            <path d="M8 28H300" className="rail-main" />
            {!straight && <path d="M108 28c22 0 12 36 36 36H236" className="rail-branch" />}
            <circle cx="108" cy="28" r="4" className="rail-dot" />
            <circle cx="300" cy="28" r="4" className="rail-dot" />
            {!straight && <circle cx="236" cy="64" r="4" className="rail-dot-branch" />}
            <text x="108" y="14" textAnchor="middle">
              {straight ? `${older} ${at(parted_at)}` : at(parted_at)}
            </text>
            <text x="300" y="14" textAnchor="end">
              {straight && older === 'A' ? `B ${at(to.at)}` : `A ${at(from.at)}`}
            </text>
            {!straight && (
              <text x="248" y="68">
                {`B ${at(to.at)}`}
              </text>
            )}
          </svg>
        )}
        <span className="meta">
          {parted === null
            ? t('compare.noParting')
            : straight
              ? t('compare.oneLine')
              : (title ?? t('compare.twoLines'))}
        </span>
      </div>
      <div className="sect">
        <h4>{t('compare.outside')}</h4>
        <span className="sec">
          {from.outside + to.outside === 0 ? t('compare.nothingOutside') : t('compare.someOutside')}
        </span>
      </div>
    </aside>
  );
}
