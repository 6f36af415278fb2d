// What happened in a project as a timeline: its checkpoints, and between them what people decided and what acted.
import type { IconName } from '#ui/components/icon/icons.ts';
import type { TimelineDay, TimelineRow } from '#ui/components/timeline/Timeline.tsx';
import type { CheckpointDto, DecisionDto, EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { decisionWords } from '#ui/places/shared/decisions.ts';
import { effectStanding } from '#ui/places/shared/standing.ts';
import { type Clock, dayHead, fromHost, list } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

/** One branch: the store forks, but nothing in the interface does yet. */
const BRANCH = 'main';
export const BRANCHES = [{ id: BRANCH }];

export type HistoryEvent =
  | { kind: 'checkpoint'; row: TimelineRow; checkpoint: CheckpointDto }
  | { kind: 'decision'; row: TimelineRow; decision: DecisionDto }
  | { kind: 'effect'; row: TimelineRow; effect: EffectDto };

/** What allowed an effect, in words. */
export function grantWords(granted: string | null): string {
  if (granted === null) return t('history.grantNone');
  if (granted.startsWith('decision:')) return t('history.grantDecision');
  if (granted.startsWith('rule:')) return t('history.grantRule');
  return t('history.grantPolicy', { rule: granted.replace(/^policy:/, '') });
}

const ICONS: Readonly<Record<string, IconName>> = { write: 'edit', delete: 'x', run: 'term', network: 'out' };

function stepNames(project: ProjectDto): ReadonlyMap<string, string> {
  return new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
}

function ofCheckpoint(checkpoint: CheckpointDto, names: ReadonlyMap<string, string>): HistoryEvent {
  const steps = checkpoint.steps.map((step) => names.get(step)).filter((name) => name !== undefined);
  return {
    kind: 'checkpoint',
    checkpoint,
    row: {
      id: `checkpoint ${checkpoint.hash}`,
      branch: BRANCH,
      at: fromHost(checkpoint.at),
      title:
        checkpoint.superstep === 0
          ? t('history.begins')
          : steps.length > 0
            ? t('history.stepsEnded', { names: list(steps) })
            : t('history.saved'),
      who: checkpoint.actor,
      hash: checkpoint.hash,
      mark: { status: 'done' },
      ...(steps.length > 0 && { kind: 'ends' as const }),
    },
  };
}

function ofDecision(decision: DecisionDto): HistoryEvent {
  return {
    kind: 'decision',
    decision,
    row: {
      id: `decision ${decision.id}`,
      branch: BRANCH,
      at: fromHost(decision.at),
      title: decisionWords(decision),
      who: decision.by,
      ...(decision.action_hash !== null && { hash: decision.action_hash }),
      mark: { icon: 'user' },
      kind: 'decisions',
    },
  };
}

function ofEffect(effect: EffectDto): HistoryEvent {
  const { words } = effectStanding(effect.status);
  return {
    kind: 'effect',
    effect,
    row: {
      id: `effect ${effect.id}`,
      branch: BRANCH,
      at: fromHost(effect.settled_at ?? effect.intended_at),
      title: t('history.effect', { title: oneLine(effect.title), how: words.toLowerCase() }),
      who: effect.member ?? '',
      mark: { icon: ICONS[effect.class] ?? 'arrow-r' },
      ...((effect.status === 'failed' || effect.status === 'unknown') && { kind: 'errors' as const }),
    },
  };
}

/** Everything, newest first. Of what happened in one moment, the checkpoint that holds it stands above it. */
export function historyOf(
  project: ProjectDto,
  checkpoints: readonly CheckpointDto[],
  decisions: readonly DecisionDto[],
  effects: readonly EffectDto[],
): HistoryEvent[] {
  const names = stepNames(project);
  const events = [
    ...checkpoints.map((checkpoint) => ofCheckpoint(checkpoint, names)),
    ...decisions.map(ofDecision),
    ...effects.toReversed().map(ofEffect),
  ];
  return events.toSorted((a, b) => b.row.at - a.row.at);
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
    days.set(name, [...(days.get(name) ?? []), event.row]);
  }
  return [...days].map(([name, rows]) => ({ name, rows }));
}
