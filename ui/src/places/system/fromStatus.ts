import type { Status } from '#ui/components/status/statuses.ts';
import type { RuleDto } from '#ui/ipc/bindings.ts';
import { fromHost, type Instant } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';

const LEVELS = { contained: 'done', partly: 'wait', none: 'fail' } as const satisfies Record<string, Status>;

/** The level in force, and what it means for whoever runs a command here. */
export function containmentOf(level: string): { status: Status; words: string; meaning: string } {
  if (level !== 'contained' && level !== 'partly' && level !== 'none')
    return { status: 'unknown', words: level, meaning: t('system.levels.unknown') };
  return { status: LEVELS[level], words: t(`system.levelNames.${level}`), meaning: t(`system.levels.${level}`) };
}

export function ruleStanding(rule: RuleDto, now: Instant): string {
  if (rule.holds) return t('rules.holds');
  return fromHost(rule.expires_at) <= now ? t('rules.expired') : t('rules.ended');
}
