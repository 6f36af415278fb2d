// What happened in a project as a timeline: its checkpoints and those of its runs, and between them what people decided,
// what acted, and which steps failed or waited.
import type { IconName } from '#ui/components/icon/icons.ts';
import type { RailBranch } from '#ui/components/timeline/rail.ts';
import type { TimelineDay, TimelineRow } from '#ui/components/timeline/Timeline.tsx';
import type {
  DecisionMomentDto,
  EffectMomentDto,
  HistoryDto,
  LineDto,
  MomentDto,
  PointDto,
  ProjectDto,
  RunDto,
  StepMomentDto,
} from '#ui/ipc/bindings.ts';
import { decisionWords } from '#ui/places/shared/decisions.ts';
import { effectStanding } from '#ui/places/shared/standing.ts';
import { microDollars } from '#ui/words/dollars.ts';
import { type Clock, count, dayHead, fromHost, list } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

export type HistoryEvent =
  | { kind: 'checkpoint'; row: TimelineRow; point: PointDto }
  | { kind: 'step'; row: TimelineRow; step: StepMomentDto }
  | { kind: 'decision'; row: TimelineRow; decision: DecisionMomentDto }
  | { kind: 'effect'; row: TimelineRow; effect: EffectMomentDto };

export type CheckpointEvent = Extract<HistoryEvent, { kind: 'checkpoint' }>;

/** What allowed an effect, in words. */
export function grantWords(granted: string | null): string {
  if (granted === null) return t('history.grantNone');
  if (granted.startsWith('decision:')) return t('history.grantDecision');
  if (granted.startsWith('rule:')) return t('history.grantRule');
  return t('history.grantPolicy', { rule: granted.replace(/^policy:/, '') });
}

const ICONS: Readonly<Record<string, IconName>> = { write: 'edit', delete: 'x', run: 'term', network: 'out' };

/** What rows are named after. */
interface Known {
  steps: ReadonlyMap<string, string>;
  runs: ReadonlyMap<string, RunDto>;
  /** Oldest first. */
  lines: readonly LineDto[];
}

/** The line that the project went on with then. */
function lineAt(known: Known, at: number): string {
  return (known.lines.findLast((line) => line.since <= at) ?? known.lines[0])?.thread ?? '';
}

const idOf = (hash: string) => `checkpoint ${hash}`;

function runWords(run: RunDto, ends: boolean, known: Known): string {
  const step = known.steps.get(run.step) ?? run.step;
  if (!ends) return t('history.runBegins', { step, run: run.attempt });
  return run.status === 'failed'
    ? t('history.runFails', { step, run: run.attempt })
    : t('history.runEnds', { step, run: run.attempt });
}

function pointWords(point: PointDto, known: Known): string {
  const run = point.run === null ? undefined : known.runs.get(point.run);
  if (run) return runWords(run, point.superstep > 0, known);
  const steps = point.steps.map((step) => known.steps.get(step) ?? step);
  if (steps.length > 0) return t('history.stepsEnded', { names: list(steps) });
  return point.superstep === 0 ? t('history.begins') : t('history.saved');
}

function ofPoint(point: PointDto, known: Known): HistoryEvent {
  const run = point.run === null ? undefined : known.runs.get(point.run);
  const failed = run?.status === 'failed' && point.superstep > 0;
  const spent = microDollars(point.spent.charged_usd);
  const begins = point.superstep === 0;
  return {
    kind: 'checkpoint',
    point,
    row: {
      id: idOf(point.hash),
      branch: point.line,
      at: fromHost(point.at),
      title: pointWords(point, known),
      who: run?.member ?? point.actor,
      hash: point.hash,
      ...(spent !== null && { spent }),
      mark: begins ? { icon: 'play' } : { status: failed ? 'fail' : 'done' },
      ...(run && { nested: true }),
      ...(failed ? { kind: 'errors' as const } : point.steps.length > 0 && { kind: 'ends' as const }),
    },
  };
}

function ofStep(step: StepMomentDto, known: Known): HistoryEvent {
  const name = known.steps.get(step.step) ?? step.step;
  const failed = step.status === 'failed';
  return {
    kind: 'step',
    step,
    row: {
      id: `step ${step.entry}`,
      branch: lineAt(known, step.at),
      at: fromHost(step.at),
      title: failed ? t('history.stepFailed', { step: name }) : t('history.stepWaits', { step: name }),
      who: '',
      mark: { status: failed ? 'fail' : 'wait' },
      hollow: true,
      ...(failed && { kind: 'errors' as const }),
    },
  };
}

function ofDecision(decision: DecisionMomentDto, known: Known): HistoryEvent {
  return {
    kind: 'decision',
    decision,
    row: {
      id: `decision ${decision.id}`,
      branch: lineAt(known, decision.at),
      at: fromHost(decision.at),
      title: decisionWords(decision),
      who: decision.by,
      ...(decision.action_hash !== null && { hash: decision.action_hash }),
      mark: { icon: 'user' },
      kind: 'decisions',
    },
  };
}

function ofEffect(effect: EffectMomentDto, known: Known): HistoryEvent {
  const { words } = effectStanding(effect.status);
  const run = effect.run === null ? undefined : known.runs.get(effect.run);
  return {
    kind: 'effect',
    effect,
    row: {
      id: `effect ${effect.id}`,
      branch: run?.line ?? lineAt(known, effect.at),
      at: fromHost(effect.at),
      title: t('history.effect', { title: oneLine(effect.title), how: words.toLowerCase() }),
      who: run?.member ?? '',
      mark: { icon: ICONS[effect.class] ?? 'arrow-r' },
      ...(run && { nested: true }),
      ...((effect.status === 'failed' || effect.status === 'unknown') && { kind: 'errors' as const }),
    },
  };
}

function ofMoment(moment: MomentDto, known: Known): HistoryEvent {
  switch (moment.kind) {
    case 'checkpoint':
      return ofPoint(moment, known);
    case 'step':
      return ofStep(moment, known);
    case 'decision':
      return ofDecision(moment, known);
    case 'effect':
      return ofEffect(moment, known);
  }
}

/** Everything on the pages that were read, newest first, as the host gave it. */
export function historyOf(project: ProjectDto, pages: readonly HistoryDto[]): HistoryEvent[] {
  const newest = pages[0];
  if (!newest) return [];
  const known: Known = {
    steps: new Map(project.steps.map((step) => [step.id, oneLine(step.title)])),
    runs: new Map(newest.runs.map((run) => [run.id, run])),
    lines: newest.lines,
  };
  const seen = new Set<string>();
  const events = pages.flatMap((page) => page.moments).map((moment) => ofMoment(moment, known));
  // Pages that were read at different times may overlap; a row stands once.
  return events.filter(({ row }) => !seen.has(row.id) && seen.add(row.id));
}

/** The lines of the rail, the first one first. */
export function branchesOf(lines: readonly LineDto[]): RailBranch[] {
  return lines.map((line) => ({ id: line.thread, ...(line.from !== null && { from: idOf(line.from) }) }));
}

/** What a line is called: the first is the main one, the others count from 2. */
export function lineName(lines: readonly LineDto[], thread: string): string {
  const index = lines.findIndex((line) => line.thread === thread);
  return index <= 0 ? t('history.mainLine') : t('history.otherLine', { number: count(index + 1) });
}

export type HistoryFilter = 'all' | 'checkpoints' | 'decisions' | 'errors';
export const HISTORY_FILTERS: readonly HistoryFilter[] = ['all', 'checkpoints', 'decisions', 'errors'];

function matches(event: HistoryEvent, filter: HistoryFilter): boolean {
  return filter === 'all' || (filter === 'checkpoints' ? event.kind === 'checkpoint' : event.row.kind === filter);
}

/** By day, without the days that have nothing to show. */
export function daysOf(clock: Clock, events: readonly HistoryEvent[], filter: HistoryFilter): TimelineDay[] {
  const days = new Map<string, TimelineRow[]>();
  for (const event of events) {
    if (!matches(event, filter)) continue;
    const name = dayHead(clock, event.row.at);
    const rows = days.get(name);
    if (rows) rows.push(event.row);
    else days.set(name, [event.row]);
  }
  return [...days].map(([name, rows]) => ({ name, rows }));
}

/** The checkpoint beside the chosen one, older or newer; null at the ends. */
export function besideOf(events: readonly HistoryEvent[], chosen: string | null, by: 1 | -1): string | null {
  const from = events.findIndex((event) => event.row.id === chosen);
  if (from < 0) return null;
  for (let at = from + by; at >= 0 && at < events.length; at += by) {
    const event = events[at];
    if (event?.kind === 'checkpoint') return event.row.id;
  }
  return null;
}
