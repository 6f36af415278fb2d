import type { ReactNode } from 'react';
import { GroupHead } from '#ui/components/card/Card.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { LinkItem } from '#ui/components/item/Item.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { paths } from '#ui/paths.ts';
import { dueParts } from '#ui/places/inbox/inboxItems.ts';
import { count, list, money, percent } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { HomeModel, RunningItem, TodayModel } from './model.ts';

/** What needs you stands first: it is found in one glance. */
export function HomeSide({
  model,
  dueUnread,
  runningUnread,
}: {
  model: HomeModel;
  /** Why the one or the other is not known. */
  dueUnread?: ReactNode;
  runningUnread?: ReactNode;
}) {
  return (
    <aside className="pane pane-side home-side" aria-label={t('home.now')}>
      <GroupHead
        first
        end={Boolean(model.dueCount) && <a href={paths.inbox()}>{t('home.all', { count: model.dueCount ?? 0 })}</a>}
      >
        {t('inbox.needsYou')}
      </GroupHead>
      {dueUnread}
      {model.due?.length === 0 && <p className="meta home-none">{t('home.nothingDue')}</p>}
      {model.due?.map((item) => (
        <LinkItem key={item.id} href={paths.inbox(item.id)} meta={<Time at={item.at} />} {...dueParts(item)} />
      ))}
      <GroupHead
        end={
          Boolean(model.runningCount) && (
            <a href={paths.projects()}>{t('home.all', { count: model.runningCount ?? 0 })}</a>
          )
        }
      >
        {t('home.running')}
      </GroupHead>
      {runningUnread}
      {model.running?.length === 0 && <p className="meta home-none">{t('home.nothingRuns')}</p>}
      {model.running?.map((item) => (
        <Running key={item.id} item={item} />
      ))}
      {model.today && <Today today={model.today} />}
    </aside>
  );
}

function Today({ today }: { today: TodayModel }) {
  return (
    <>
      <GroupHead>{t('home.today')}</GroupHead>
      <KeyValues
        figures
        className="home-today"
        facts={[
          { label: t('home.stepsDone'), value: count(today.stepsDone) },
          { label: t('money.spent'), value: money(today.spent) },
          { label: t('money.reserved'), value: money(today.reserved) },
          { label: t('money.withoutOutcome'), value: money(today.withoutOutcome) },
          { label: t('money.whileIdle'), value: money(today.whileIdle) },
        ]}
      />
    </>
  );
}

function Running({ item }: { item: RunningItem }) {
  return (
    <a className="col col-4 running" href={paths.project(item.project.id)}>
      <span className="row">
        <StatusIcon status={item.status} />
        <span className="cut strong grow">{item.name}</span>
        <span className="meta">{percent(item.share)}</span>
      </span>
      <Progress label={item.name} share={item.share} tone={item.status === 'build' ? 'build' : 'run'} />
      <span className="row meta">
        <span className="cut grow">{list([item.who, item.project.name !== item.name && item.project.name])}</span>
        {item.cost !== undefined && <span>{money(item.cost)}</span>}
      </span>
    </a>
  );
}
