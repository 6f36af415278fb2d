import type { ItemProps } from '#ui/components/item/Item.tsx';
import type { Status } from '#ui/components/status/statuses.ts';
import { countOf, limit, list, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { DecidedItem, DueItem, InboxFilter } from './model.ts';

const STATUS: Record<Exclude<DueItem['kind'], 'person'>, Status> = {
  approval: 'wait',
  plan: 'wait',
  question: 'ask',
  unknown: 'unknown',
};

const FILTER: Record<DueItem['kind'], InboxFilter> = {
  approval: 'approvals',
  plan: 'approvals',
  question: 'questions',
  person: 'questions',
  unknown: 'unknown',
};

/** The second line of an item: who, what kind of effect, what it costs, how far the decision is. */
export function dueLine(item: DueItem): string {
  switch (item.kind) {
    case 'approval':
      return list([
        item.asker.name,
        t(`effect.${item.effect}`).toLowerCase(),
        item.most !== null && limit(item.most),
        item.note,
        item.approvals && countOf(item.approvals.have, item.approvals.need),
      ]);
    case 'unknown':
      return list([
        item.asker.name,
        t(`effect.${item.effect}`).toLowerCase(),
        item.amount !== null && money(item.amount),
        item.note,
      ]);
    case 'plan':
      return list([item.asker?.name, t('inbox.steps', { count: item.steps }), item.cost !== null && money(item.cost)]);
    case 'person':
      return item.line;
    case 'question':
      return list([t('inbox.asks', { name: item.asker.name }), t('inbox.stepsWait', { count: item.waiting })]);
  }
}

export function dueParts(item: DueItem): Pick<ItemProps, 'status' | 'title' | 'line'> {
  return { status: item.kind === 'person' ? item.status : STATUS[item.kind], title: item.title, line: dueLine(item) };
}

export function decidedStatus(item: DecidedItem): Status {
  return item.outcome === 'denied' ? 'skipped' : 'done';
}

export function matchesFilter(item: DueItem, filter: InboxFilter): boolean {
  return filter === 'all' || FILTER[item.kind] === filter;
}

/** The one after or before, without going round: at an end it stays. */
export function neighbourOf(ids: readonly string[], id: string | null, step: 1 | -1): string | null {
  const place = id === null ? -1 : ids.indexOf(id);
  if (place < 0) return ids[0] ?? null;
  return ids[place + step] ?? id;
}
