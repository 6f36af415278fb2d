import type { StepEdit } from '#ui/ipc/bindings.ts';

/** A step taken out of a plan. Everything else about it stays as it is. */
export function removalOf(step: string): StepEdit {
  return { step, remove: true, title: null, instructions: null, assignee: null, depends_on: null };
}
