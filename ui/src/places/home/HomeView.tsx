import { Button } from '#ui/components/button/Button.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { Turn } from '#ui/components/turn/Turn.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { list, longDay, money } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { HomeSide } from './HomeSide.tsx';
import type { HomeActs, HomeModel, TalkEntry } from './model.ts';
import { PlanCard } from './PlanCard.tsx';
import { ReadingCard } from './ReadingCard.tsx';

/** Talk to the organisation; beside it what needs you, what runs, what today came to. */
export function HomeView({ model, acts }: { model: HomeModel; acts: HomeActs }) {
  const clock = useClock();
  const lastAnswer = model.talk.findLast((entry) => entry.kind === 'answered')?.id;
  return (
    <>
      <Bar title={t('place.home')} meta={longDay(clock, clock.now)}>
        <ActButton action="pauseAll" small bare icon="pause" onAct={acts.pauseAll}>
          {t('action.pauseAll')}
        </ActButton>
      </Bar>
      <div className="body">
        <section className="pane grow" aria-label={t('home.talk')}>
          {model.talk.length === 0 ? (
            <div className="blank">
              <Empty icon="msg" level={2} title={t('home.empty')}>
                {t('home.emptyWhy')}
              </Empty>
            </div>
          ) : (
            <div className="talk grow">
              {model.talk.map((entry) => (
                <Entry key={entry.id} entry={entry} last={entry.id === lastAnswer} acts={acts} />
              ))}
            </div>
          )}
          <div className="talk-foot">
            <div className="talk">
              <Composer
                label={t('home.request')}
                placeholder={t('home.placeholder')}
                sendWords={t('act.send')}
                onSend={acts.send}
                foot={
                  <>
                    <Button kind="quiet" small icon="clip" onClick={acts.attach}>
                      {t('home.attach')}
                    </Button>
                    <span className="push meta narrow-hide">{t('home.sendHint')}</span>
                  </>
                }
              />
            </div>
          </div>
        </section>
        <HomeSide model={model} />
      </div>
    </>
  );
}

/** Only the last answer takes keys: 1 to 5 correct its reading, A approves its plan. */
function Entry({ entry, last, acts }: { entry: TalkEntry; last: boolean; acts: HomeActs }) {
  if (entry.kind === 'said') {
    return (
      <Turn member={entry.by} you={entry.you} meta={<Time at={entry.at} as="clock" />}>
        <p className="prose">{entry.text}</p>
      </Turn>
    );
  }
  const { planned } = entry;
  return (
    <Turn
      member={entry.by}
      meta={
        <>
          <Time at={entry.at} as="clock" />
          {planned &&
            `, ${list([t('home.planned', { name: planned.by, count: planned.rounds }), money(planned.cost)])}`}
        </>
      }
    >
      {entry.reading && (
        <ReadingCard
          reading={entry.reading}
          keys={last}
          onCorrect={(reading) => acts.correctReading(entry.id, reading)}
          onChange={() => acts.changeAssumptions(entry.id)}
        />
      )}
      {entry.text && <p className="prose">{entry.text}</p>}
      {entry.plan && <PlanCard plan={entry.plan} keys={last} acts={acts} />}
    </Turn>
  );
}
