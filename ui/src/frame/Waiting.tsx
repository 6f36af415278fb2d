import { Empty } from '#ui/components/empty/Empty.tsx';
import type { Place } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import { Bar } from './Bar.tsx';

/** A place whose data does not arrive yet: it says so, rather than show an organisation that is not there. */
export function Waiting({ place }: { place: Place }) {
  return (
    <>
      <Bar title={t(`place.${place}`)} />
      <div className="blank">
        <Empty icon="plug" level={2} title={t('state.waiting')}>
          {t('state.waitingWhy')}
        </Empty>
      </div>
    </>
  );
}
