import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { GroupHead } from '#ui/components/card/Card.tsx';
import { classes } from '#ui/components/classes.ts';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { ItemList } from '#ui/components/item/ItemList.tsx';
import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { Skeleton } from '#ui/components/skeleton/Skeleton.tsx';
import { SplitHandle } from '#ui/components/split/SplitHandle.tsx';
import type { SplitBounds } from '#ui/components/split/splitWidth.ts';
import { useSplitWidth } from '#ui/components/split/useSplitWidth.ts';
import { Bar } from '#ui/frame/Bar.tsx';
import { useAction, useKeysOf } from '#ui/frame/keys.tsx';
import { count } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { ApprovalView } from './ApprovalView.tsx';
import { decidedStatus, dueParts, matchesFilter, neighbourOf } from './inboxItems.ts';
import type { InboxActs, InboxDetail, InboxFilter, InboxModel } from './model.ts';
import { PersonView } from './PersonView.tsx';
import { PlanWaitsView } from './PlanWaitsView.tsx';
import { QuestionView } from './QuestionView.tsx';
import { UnknownView } from './UnknownView.tsx';

const LIST_BOUNDS: SplitBounds = { least: 240, most: 560, initial: 344 };

/** Everything that waits, and the one that is open beside it. `detail`: null while it loads. */
export function InboxView({
  model,
  chosen,
  detail,
  acts,
  first,
  gone,
  refused,
}: {
  model: InboxModel;
  chosen: string | null;
  detail: InboxDetail | null;
  acts: InboxActs;
  /** Nothing was chosen: the first is shown beside the list, and on a phone the list alone. */
  first?: boolean;
  /** What is chosen waits no longer. */
  gone?: boolean;
  refused?: ReactNode;
}) {
  const [filter, setFilter] = useState<InboxFilter>('all');
  const split = useSplitWidth('inbox', LIST_BOUNDS);
  const due = model.due.filter((item) => matchesFilter(item, filter));
  const ids = [...due, ...(filter === 'all' ? [...model.others, ...model.decided] : [])].map((item) => item.id);
  useAction('next', () => acts.choose(neighbourOf(ids, chosen, 1)));
  useAction('previous', () => acts.choose(neighbourOf(ids, chosen, -1)));
  return (
    <>
      <InboxBar model={model} filter={filter} onFilter={setFilter} onSeveral={acts.decideSeveral} />
      <div className={classes('body list-detail', chosen && !first && 'open')}>
        <section
          className="pane pane-list"
          aria-label={t('inbox.list')}
          style={{ '--list-w': `${split.width}px` } as React.CSSProperties}
        >
          {model.due.length === 0 && (
            <Empty icon="inbox" title={t('inbox.nothing')}>
              {t('inbox.nothingWhy')}
            </Empty>
          )}
          {due.length > 0 && (
            <>
              <GroupHead first end={count(due.length)}>
                {t('inbox.needsYou')}
              </GroupHead>
              <ItemList
                label={t('inbox.needsYou')}
                chosen={chosen}
                onChoose={acts.choose}
                items={due.map((item) => ({
                  id: item.id,
                  text: item.title,
                  meta: <Time at={item.at} />,
                  ...dueParts(item),
                }))}
              />
            </>
          )}
          {filter === 'all' && model.others.length > 0 && (
            <>
              <GroupHead end={count(model.others.length)}>{t('inbox.others')}</GroupHead>
              <ItemList
                label={t('inbox.others')}
                chosen={chosen}
                onChoose={acts.choose}
                items={model.others.map((item) => ({
                  id: item.id,
                  text: item.title,
                  status: 'paused' as const,
                  title: item.title,
                  meta: <Time at={item.at} />,
                  line: item.waitsFor,
                }))}
              />
            </>
          )}
          {filter === 'all' && model.decided.length > 0 && (
            <>
              <GroupHead end={count(model.decided.length)}>{t('inbox.decided')}</GroupHead>
              <ItemList
                label={t('inbox.decided')}
                chosen={chosen}
                onChoose={acts.choose}
                items={model.decided.map((item) => ({
                  id: item.id,
                  text: item.title,
                  status: decidedStatus(item),
                  title: item.title,
                  meta: <Time at={item.at} />,
                  line: item.line,
                }))}
              />
            </>
          )}
        </section>
        <SplitHandle
          label={t('inbox.width')}
          side="left"
          width={split.width}
          bounds={LIST_BOUNDS}
          onChange={split.setWidth}
        />
        <section className="pane grow" aria-label={t('inbox.chosen')}>
          <Button kind="quiet" className="back" onClick={() => acts.choose(null)} icon="chev-r">
            {t('place.inbox')}
          </Button>
          {refused}
          {gone ? (
            <div className="blank">
              <Empty icon="check" title={t('inbox.gone')}>
                {t('inbox.goneWhy')}
              </Empty>
            </div>
          ) : (
            <Detail key={detail?.id ?? chosen ?? ''} chosen={chosen} detail={detail} acts={acts} />
          )}
        </section>
      </div>
    </>
  );
}

function Detail({ chosen, detail, acts }: { chosen: string | null; detail: InboxDetail | null; acts: InboxActs }) {
  if (!chosen) {
    return (
      <div className="blank">
        <Empty icon="inbox" title={t('inbox.choose')}>
          {t('inbox.chooseWhy')}
        </Empty>
      </div>
    );
  }
  if (!detail) {
    return (
      <div className="pad">
        <Skeleton />
      </div>
    );
  }
  if (detail.kind === 'approval') return <ApprovalView detail={detail} acts={acts} />;
  if (detail.kind === 'person') return <PersonView detail={detail} acts={acts} />;
  if (detail.kind === 'plan') return <PlanWaitsView detail={detail} />;
  if (detail.kind === 'question') return <QuestionView detail={detail} acts={acts} />;
  return <UnknownView detail={detail} acts={acts} />;
}

const FILTERS: readonly InboxFilter[] = ['all', 'approvals', 'questions', 'unknown'];

function InboxBar({
  model,
  filter,
  onFilter,
  onSeveral,
}: {
  model: InboxModel;
  filter: InboxFilter;
  onFilter: (filter: InboxFilter) => void;
  onSeveral: (() => void) | undefined;
}) {
  const next = useKeysOf('next');
  const previous = useKeysOf('previous');
  return (
    <Bar
      title={t('place.inbox')}
      tabs={
        <FilterTabs
          filter={filter}
          onFilter={onFilter}
          counts={FILTERS.map((id) => model.due.filter((item) => matchesFilter(item, id)).length)}
        />
      }
    >
      <span className="meta wide row row-4">
        <Kbd keys={next} />
        <Kbd keys={previous} /> {t('inbox.move')}
      </span>
      {onSeveral && (
        <Button small onClick={onSeveral}>
          {t('inbox.several')}
        </Button>
      )}
    </Bar>
  );
}

/** Tabs by look, a group of switches by nature: they narrow one list, they do not change the page. */
function FilterTabs({
  filter,
  onFilter,
  counts,
}: {
  filter: InboxFilter;
  onFilter: (filter: InboxFilter) => void;
  counts: readonly number[];
}) {
  return (
    <div className="tabs" role="group" aria-label={t('inbox.kinds')}>
      {FILTERS.map((id, index) => (
        <button key={id} type="button" aria-pressed={id === filter} onClick={() => onFilter(id)}>
          {t(`inbox.filter.${id}`)}
          <span className="count">{count(counts[index] ?? 0)}</span>
        </button>
      ))}
    </div>
  );
}
