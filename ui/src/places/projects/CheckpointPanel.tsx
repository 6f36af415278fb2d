import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { StateChange } from '#ui/components/change/StateChange.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import type { TimelineDay } from '#ui/components/timeline/Timeline.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { useAction } from '#ui/frame/keys.tsx';
import { neighbourOf } from '#ui/places/inbox/inboxItems.ts';
import { useClock } from '#ui/words/clock.tsx';
import { bytes, clockTime, countOf, exactTime } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { CheckpointDetail, HistoryActs } from './model.ts';

/** One checkpoint: what it is, what it changed, and what can be done from it. */
export function CheckpointPanel({
  detail,
  days,
  acts,
}: {
  detail: CheckpointDetail;
  days: readonly TimelineDay[];
  acts: HistoryActs;
}) {
  const clock = useClock();
  const [asked, setAsked] = useState(false);
  const ids = days.flatMap((day) => day.rows.map((row) => row.id));
  const go = (step: 1 | -1) => {
    const next = neighbourOf(ids, detail.id, step);
    if (next) acts.choose(next);
  };
  // Newest first: the previous checkpoint is the one below.
  useAction('previousCheckpoint', () => go(1));
  useAction('nextCheckpoint', () => go(-1));
  return (
    <aside className="pane pane-side hist-side" aria-label={t('history.chosen')}>
      <div className="pane grow">
        <div className="sect">
          <div className="row meta">
            <span>
              {t('history.place', { number: detail.place.number, of: detail.place.of, branch: detail.place.branch })}
            </span>
            <span className="push row row-4">
              <Kbd keys="ArrowLeft" />
              <Kbd keys="ArrowRight" />
            </span>
          </div>
          <h2>{detail.title}</h2>
          <KeyValues
            facts={[
              { label: t('history.when'), value: exactTime(clock, detail.at) },
              {
                label: t('history.who'),
                value: (
                  <MemberChip
                    member={detail.who}
                    sub={detail.signedOn && t('history.signedOn', { device: detail.signedOn })}
                  />
                ),
              },
              { label: t('history.hash'), value: <Seal hex={detail.hash} digits={16} /> },
              ...(detail.parent
                ? [
                    {
                      label: t('history.parent'),
                      value: (
                        <span className="row row-4">
                          <Seal hex={detail.parent.hash} digits={8} bare />
                          <span className="meta">{clockTime(clock, detail.parent.at)}</span>
                        </span>
                      ),
                    },
                  ]
                : []),
              {
                label: t('history.stored'),
                value: (
                  <>
                    {bytes(detail.stored.bytes)}{' '}
                    <span className="meta">{t('history.ofState', { size: bytes(detail.stored.of) })}</span>
                  </>
                ),
              },
            ]}
          />
        </div>
        <div className="sect sect-open">
          <h4>{t('history.changed')}</h4>
          <Changes detail={detail} />
        </div>
      </div>
      <div className="dock">
        <ActButton action="fork" kind="primary" icon="fork" onAct={() => acts.fork(detail.id)}>
          {t('action.fork')}
        </ActButton>
        <ActButton action="compare" icon="compare" onAct={() => acts.compare(detail.id)}>
          {t('history.compare')}
        </ActButton>
        <ActButton action="rollBack" kind="danger" icon="rewind" className="push" onAct={() => setAsked(true)}>
          {t('history.rollBack')}
        </ActButton>
      </div>
      <Dialog
        open={asked}
        onClose={() => setAsked(false)}
        title={t('history.rollBackTo', { time: clockTime(clock, detail.at) })}
        foot={
          <>
            <Button onClick={() => setAsked(false)}>{t('act.cancel')}</Button>
            <Button
              kind="primary"
              onClick={() => {
                setAsked(false);
                acts.rollBack(detail.id);
              }}
            >
              {t('action.rollBack')}
            </Button>
          </>
        }
      >
        {t('history.rollBackWhat')}
      </Dialog>
    </aside>
  );
}

function Changes({ detail }: { detail: CheckpointDetail }) {
  return (
    <div className="card change-card">
      <Head
        title={t('history.state')}
        meta={t('history.values', { amount: countOf(detail.changedOf.changed, detail.changedOf.of) })}
      />
      {detail.changes.map((change) => (
        <StateChange key={change.path} change={change} />
      ))}
      <Head title={t('project.tab.files')} meta={detail.files} />
      <Head title={t('project.tab.conversation')} meta={t('history.entries', { count: detail.conversation.length })} />
      {detail.conversation.map((entry) => (
        <div key={entry.text} className="change said">
          <span className="k">{entry.who}</span>
          <span>{entry.text}</span>
        </div>
      ))}
      <Head title={t('history.money')} meta={detail.money} />
      <Head title={t('history.permits')} meta={detail.permits} />
    </div>
  );
}

function Head({ title, meta }: { title: string; meta: string }) {
  return (
    <div className="card-head">
      <strong className="strong">{title}</strong>
      <span className="meta push">{meta}</span>
    </div>
  );
}
