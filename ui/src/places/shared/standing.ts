// Where a project or a step stands: the host's names, as a status of the look and in words.
import type { Status } from '#ui/components/status/statuses.ts';
import { t } from '#ui/words/words.ts';

const PROJECT = {
  planning: 'queued',
  running: 'run',
  paused_for_approval: 'wait',
  paused_on_error: 'fail',
  paused_for_agent_development: 'build',
  paused_for_agent_improvement: 'build',
  completed: 'done',
  aborted: 'skipped',
} as const satisfies Record<string, Status>;

const STEP = {
  pending: 'queued',
  running: 'run',
  pending_approval: 'wait',
  paused_for_development: 'build',
  completed: 'done',
  failed: 'fail',
  skipped: 'skipped',
} as const satisfies Record<string, Status>;

const EFFECT = {
  intended: 'run',
  done: 'done',
  failed: 'fail',
  unknown: 'unknown',
  undoing: 'run',
  undone: 'skipped',
} as const satisfies Record<string, Status>;

export interface Standing {
  status: Status;
  words: string;
}

function isKey<Table extends object>(table: Table, name: PropertyKey): name is keyof Table {
  return Object.hasOwn(table, name);
}

/** A name that this version does not know is shown as it is, without a hue: nothing is guessed. What a person holds is
 *  paused, whatever its steps say. */
export function projectStanding({ status: name, held }: { status: string; held: boolean }): Standing {
  if (held && isUnderWay(name)) return { status: 'paused', words: t('standing.held') };
  return isKey(PROJECT, name)
    ? { status: PROJECT[name], words: t(`standing.project.${name}`) }
    : { status: 'queued', words: name };
}

export function stepStanding(name: string): Standing {
  return isKey(STEP, name)
    ? { status: STEP[name], words: t(`standing.step.${name}`) }
    : { status: 'queued', words: name };
}

export function effectStanding(name: string): Standing {
  return isKey(EFFECT, name)
    ? { status: EFFECT[name], words: t(`standing.effect.${name}`) }
    : { status: 'queued', words: name };
}

const OVER: ReadonlySet<string> = new Set(['completed', 'aborted']);

export function isOver(status: string): boolean {
  return OVER.has(status);
}

/** Begun and not over: it can be paused, resumed and ended. */
export function isUnderWay(status: string): boolean {
  return !isOver(status) && status !== 'planning';
}
