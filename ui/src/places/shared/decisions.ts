// What people decided, in words. A name of a later version is shown as it is: nothing is guessed.
import type { DecisionDto } from '#ui/ipc/bindings.ts';
import { t } from '#ui/words/words.ts';

const SUBJECTS = [
  'plan',
  'rollback',
  'undo',
  'approval',
  'unknown_outcome',
  'work',
  'guidance',
  'result',
  'agent_change',
  'failure',
  'restore',
  'limit',
] as const;
const DECISIONS = [
  'approve',
  'deny',
  'edit',
  'changes',
  'always',
  'happened',
  'did_not',
  'look_again',
  'done',
  'cannot',
  'answer',
  'retry',
  'skip',
  'abort',
  'undo',
  'expired',
  'raise',
  'stop',
  'limit_changed',
] as const;

/** What was decided, and on what; a name of a later version is shown as it is. */
export function decisionWords(decision: Pick<DecisionDto, 'subject' | 'decision'>): string {
  const subject = SUBJECTS.find((one) => one === decision.subject);
  const said = DECISIONS.find((one) => one === decision.decision);
  return t('history.decided', {
    what: subject ? t(`history.subject.${subject}`) : decision.subject,
    how: said ? t(`history.said.${said}`) : decision.decision,
  });
}

const CHANNELS = ['window', 'notification', 'cli', 'http'] as const;

export function channelName(channel: string): string {
  const known = CHANNELS.find((one) => one === channel);
  return known ? t(`history.channels.${known}`) : channel;
}
