import { FactBadge } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card } from '#ui/components/card/Card.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { type Reading, Readings } from '#ui/components/intent/Intent.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import type { ActionId } from '#ui/frame/actions.ts';
import { useAction } from '#ui/frame/keys.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { countOf, dayName, duration, list, money, sure } from '#ui/words/format.ts';
import { Rich } from '#ui/words/Rich.tsx';
import { t } from '#ui/words/words.ts';
import type { ReadingModel } from './model.ts';

const NUMBER_KEYS: readonly ActionId[] = ['choose1', 'choose2', 'choose3', 'choose4', 'choose5', 'choose6'];

/** What the request was taken for. One key corrects it. */
export function ReadingCard({
  reading,
  keys,
  onCorrect,
  onChange,
}: {
  reading: ReadingModel;
  keys: boolean;
  onCorrect: (reading: string) => void;
  onChange: (() => void) | undefined;
}) {
  const clock = useClock();
  const chosen = reading.readings.find((choice) => choice.id === reading.chosen);
  return (
    <Card label={t('intent.label')}>
      <div className="card-head">
        <span className="label">{t('intent.readAs')}</span>
        <strong className="strong">{chosen?.name}</strong>
        <FactBadge>{sure(reading.sure)}</FactBadge>
        <span className="meta push">
          {list([
            reading.reader,
            reading.took !== undefined && duration(reading.took),
            reading.cost !== undefined && money(reading.cost),
          ])}
        </span>
      </div>
      <div className="card-body col col-12">
        <Facts
          facts={[
            ...(reading.goesTo ? [{ label: t('intent.goesTo'), value: <MemberChip member={reading.goesTo} /> }] : []),
            {
              label: reading.departments.more > 0 ? t('intent.departments') : t('projects.department'),
              value: (
                <span className="cut">
                  {t('intent.departmentsMore', { first: reading.departments.first, count: reading.departments.more })}
                </span>
              ),
            },
            { label: t('intent.complexity'), value: countOf(reading.complexity.value, reading.complexity.of) },
            reading.horizon === undefined
              ? {
                  label: t('intent.due'),
                  value: reading.due === undefined ? t('intent.noDue') : dayName(clock, reading.due),
                }
              : { label: t('intent.horizon'), value: reading.horizon },
          ]}
        />
        <Readings
          label={t('intent.correct')}
          readings={reading.readings}
          chosen={reading.chosen}
          onChoose={onCorrect}
        />
        {keys &&
          reading.readings
            .slice(0, NUMBER_KEYS.length)
            .map((choice, index) => <ReadingKey key={choice.id} choice={choice} index={index} onCorrect={onCorrect} />)}
        {reading.question && (
          <Banner status="ask">
            {reading.question.text}
            {reading.question.answers.length > 0 && (
              <span className="meta"> {t('intent.answers', { answers: list(reading.question.answers) })}</span>
            )}
          </Banner>
        )}
        {reading.assumptions && (
          <p className="meta">
            <Rich text={reading.assumptions} />{' '}
            {onChange && (
              <Button kind="quiet" small className="link-in" onClick={onChange}>
                {t('intent.change')}
              </Button>
            )}
          </p>
        )}
      </div>
    </Card>
  );
}

function ReadingKey({
  choice,
  index,
  onCorrect,
}: {
  choice: Reading;
  index: number;
  onCorrect: (reading: string) => void;
}) {
  useAction(NUMBER_KEYS[index] ?? 'choose6', () => onCorrect(choice.id));
  return null;
}
