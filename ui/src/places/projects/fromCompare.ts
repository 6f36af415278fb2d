// Two checkpoints beside each other, in words and figures.
import type { StateChangeModel } from '#ui/components/change/StateChange.tsx';
import type { ComparedDto, LeafDto, ProjectDto, SideDto, StateChangeDto, StateLeafDto } from '#ui/ipc/bindings.ts';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { bytes, count, countOf, duration } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

/** More of a value is not shown in a row. */
const SHOWN = 240;

/** A value in one line; of a long one its beginning, and how long it is. */
export function leafText(leaf: LeafDto): string {
  const text = oneLine(leaf.text);
  if (!leaf.cut && text.length <= SHOWN) return text === '' ? '""' : text;
  return t('compare.cut', { text: text.slice(0, SHOWN), size: bytes(leaf.bytes) });
}

export function changeOf(change: StateChangeDto): StateChangeModel {
  return {
    path: change.path.map(oneLine).join('.'),
    ...(change.before && { before: leafText(change.before) }),
    ...(change.after && { after: leafText(change.after) }),
  };
}

/** A line of a state drawn as a tree: a key with others below it, or one with its value. */
export interface StateLine {
  id: string;
  depth: number;
  name: string;
  value?: string;
}

/** The values of one channel as a tree, its own name left out. */
export function treeOf(leaves: readonly StateLeafDto[]): StateLine[] {
  const lines: StateLine[] = [];
  let open: readonly string[] = [];
  for (const { path, leaf } of leaves) {
    const keys = path.slice(1);
    const above = keys.slice(0, -1);
    const shared = above.findIndex((key, depth) => key !== open[depth]);
    for (let depth = shared < 0 ? above.length : shared; depth < above.length; depth += 1)
      lines.push({ id: JSON.stringify(above.slice(0, depth + 1)), depth, name: oneLine(above[depth] ?? '') });
    open = above;
    lines.push({
      id: JSON.stringify([...keys, null]),
      depth: above.length,
      name: oneLine(keys.at(-1) ?? ''),
      value: leafText(leaf),
    });
  }
  return lines;
}

/** A line of the outcome. `better`: the side that did better, where one can be better. */
export interface OutcomeRow {
  id: string;
  name: string;
  from: string;
  to: string;
  fromNote?: string;
  toNote?: string;
  better?: 'from' | 'to';
}

const tokens = ({ cost }: SideDto) => t('history.tokens', { count: cost.tokens, of: count(cost.tokens) });

const done = (side: SideDto) => side.steps.filter((step) => step.status === 'completed').length;

function lower(from: number | null, to: number | null): Pick<OutcomeRow, 'better'> {
  if (from === null || to === null || from === to) return {};
  return { better: from < to ? 'from' : 'to' };
}

/** What came of either side since they part. Which is better is only said where both went on from there. */
export function outcomeOf({ parted, from, to }: ComparedDto): OutcomeRow[] {
  const both = parted !== from.hash && parted !== to.hash;
  const [fromDone, toDone] = [done(from), done(to)];
  return [
    {
      id: 'steps',
      name: t('compare.stepsDone'),
      from: countOf(fromDone, from.steps.length),
      to: countOf(toDone, to.steps.length),
      ...(both && fromDone !== toDone && { better: fromDone > toDone ? 'from' : 'to' }),
    },
    {
      id: 'evidence',
      name: t('compare.evidence'),
      from: t('compare.held', { count: from.evidence, of: count(from.evidence) }),
      to: t('compare.held', { count: to.evidence, of: count(to.evidence) }),
      ...(both && from.evidence !== to.evidence && { better: from.evidence > to.evidence ? 'from' : 'to' }),
    },
    {
      id: 'cost',
      name: t('compare.cost'),
      from: from.cost.charged_usd,
      to: to.cost.charged_usd,
      fromNote: tokens(from),
      toNote: tokens(to),
      ...(both && lower(microDollars(from.cost.charged_usd), microDollars(to.cost.charged_usd))),
    },
    {
      id: 'time',
      name: t('compare.time'),
      from: duration(from.took / 1000),
      to: duration(to.took / 1000),
      ...(both && lower(from.took, to.took)),
    },
    {
      id: 'outside',
      name: t('compare.outside'),
      from: from.outside === 0 ? t('compare.none') : count(from.outside),
      to: to.outside === 0 ? t('compare.none') : count(to.outside),
    },
  ];
}

/** Steps that stood otherwise on the other side. */
export function stepsThatDiffer(project: ProjectDto, { from, to }: ComparedDto) {
  const titles = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  return from.steps.flatMap((step) => {
    const other = to.steps.find((one) => one.step === step.step);
    if (!other || other.status === step.status) return [];
    return [
      {
        id: step.step,
        name: titles.get(step.step) ?? step.step,
        from: stepStanding(step.status),
        to: stepStanding(other.status),
      },
    ];
  });
}
