import { Icon } from '#ui/components/icon/Icon.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { paths } from '#ui/paths.ts';
import { useClock } from '#ui/words/clock.tsx';
import { bytes, clockTime, count, moneyOf } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { FrameModel } from './model.ts';
import { nextTheme } from './theme.ts';

/** The state of the workspace in one line. Each part opens the page it speaks of. */
export function StatusLine({ frame, onTheme = nextTheme }: { frame: FrameModel; onTheme?: () => void }) {
  return (
    <footer role="contentinfo" className="foot" aria-label={t('frame.state')}>
      <HistoryPart frame={frame} />
      {frame.running !== undefined && (
        <a className="row" href={paths.projects()}>
          <StatusIcon status={frame.running > 0 ? 'run' : 'queued'} worded />
          {t('frame.running', { count: frame.running })}
        </a>
      )}
      {frame.today && (
        <a className="row" href={paths.projects()}>
          <Icon name="money" size={12} />
          <span>{t('frame.today', { amount: moneyOf(frame.today.spent, frame.today.limit) })}</span>
          <Meter
            label={t('frame.budgetUsed')}
            used={frame.today.spent}
            held={frame.today.reserved}
            of={frame.today.limit}
          />
        </a>
      )}
      <span className="push row row-16">
        {frame.device && (
          <a className="row" href={paths.system()}>
            <Icon name="device" size={12} />
            {frame.device.here ? t('frame.thisDevice', { name: frame.device.name }) : frame.device.name}
          </a>
        )}
        {frame.sandbox && (
          <a className="row" href={paths.system()}>
            <Icon name="shield" size={12} />
            {t(`frame.sandbox.${frame.sandbox}`)}
          </a>
        )}
        {frame.data && (
          <a className="row" href={paths.system()}>
            {frame.data.kind === 'file'
              ? t('frame.localFile', { bytes: bytes(frame.data.bytes) })
              : t('frame.postgres', { host: frame.data.host })}
          </a>
        )}
        <button type="button" onClick={() => onTheme()} title={t('frame.themes')}>
          <Icon name="theme" size={12} />
          {t('frame.theme')}
        </button>
      </span>
    </footer>
  );
}

function HistoryPart({ frame }: { frame: FrameModel }) {
  const clock = useClock();
  const { history } = frame;
  if (!history) return null;
  return (
    <a className="row" href={paths.system()} title={t('frame.openLedger')}>
      {history.status === 'verified' && (
        <>
          <StatusIcon status="done" worded />
          {t('frame.verified', { time: clockTime(clock, history.at) })}
        </>
      )}
      {history.status === 'broken' && (
        <>
          <StatusIcon status="fail" worded />
          {t('frame.broken', { entry: count(history.entry) })}
        </>
      )}
      {history.status === 'checking' && (
        <>
          <StatusIcon status="run" worded />
          {t('frame.checking')}
        </>
      )}
    </a>
  );
}
