import type { Status } from '#ui/components/status/statuses.ts';
import type { EffectDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { effectStanding, stepStanding } from '#ui/places/shared/standing.ts';
import { fromHost, type Instant } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';

export interface HistoryRow {
  id: string;
  at: Instant;
  status: Status;
  what: string;
  detail: string;
}

/** What allowed an effect, in words. */
export function grantWords(granted: string | null): string {
  if (granted === null) return t('history.grantNone');
  if (granted.startsWith('decision:')) return t('history.grantDecision');
  if (granted.startsWith('rule:')) return t('history.grantRule');
  return t('history.grantPolicy', { rule: granted.replace(/^policy:/, '') });
}

/** Begin and end of each step, and each effect with what allowed it; the newest first. */
export function historyOf(project: ProjectDto, effects: readonly EffectDto[]): HistoryRow[] {
  const rows: HistoryRow[] = [
    {
      id: 'opened',
      at: fromHost(project.created_at),
      status: 'queued',
      what: t('history.opened'),
      detail: project.folder,
    },
  ];
  for (const step of project.steps) {
    if (step.started_at !== null)
      rows.push({
        id: `${step.id} begins`,
        at: fromHost(step.started_at),
        status: 'queued',
        what: t('history.began', { name: step.title }),
        detail: step.assignee ?? '',
      });
    if (step.finished_at !== null) {
      const { status, words } = stepStanding(step.status);
      rows.push({
        id: `${step.id} ends`,
        at: fromHost(step.finished_at),
        status,
        what: t('history.ended', { name: step.title, how: words.toLowerCase() }),
        detail: step.summary ?? '',
      });
    }
  }
  for (const effect of effects) {
    const { status, words } = effectStanding(effect.status);
    rows.push({
      id: effect.id,
      at: fromHost(effect.settled_at ?? effect.intended_at),
      status,
      what: t('history.effect', { title: effect.title, how: words.toLowerCase() }),
      detail: grantWords(effect.granted_by),
    });
  }
  return rows.toSorted((a, b) => b.at - a.at);
}
