// Every action has one name (`action.<id>` of the catalogue) and one key. Buttons, palette and help sheet read this table,
// so none of them can disagree. A key that another action has is fine where the two are never on one screen.

export const ACTIONS = {
  find: { keys: 'Mod+K', group: 'everywhere' },
  help: { keys: '?', group: 'everywhere' },
  settings: { keys: 'Mod+,', group: 'everywhere' },
  theme: { keys: 'Mod+D', group: 'everywhere' },
  newRequest: { keys: 'Mod+T', group: 'everywhere' },
  newAgent: { keys: 'Mod+N', group: 'everywhere' },
  pauseAll: { keys: 'Mod+Shift+P', group: 'everywhere' },
  goHome: { keys: 'G H', group: 'go' },
  goInbox: { keys: 'G I', group: 'go' },
  goOrganisation: { keys: 'G O', group: 'go' },
  goProjects: { keys: 'G P', group: 'go' },
  goSystem: { keys: 'G Y', group: 'go' },
  readFiles: { keys: 'R', group: 'view' },
  search: { keys: '/', group: 'view' },
  next: { keys: 'J', group: 'view' },
  previous: { keys: 'K', group: 'view' },
  back: { keys: 'Escape', group: 'view' },
  send: { keys: 'Mod+Enter', group: 'view' },
  undo: { keys: 'Mod+Z', group: 'view' },
  choose1: { keys: '1', group: 'view' },
  choose2: { keys: '2', group: 'view' },
  choose3: { keys: '3', group: 'view' },
  choose4: { keys: '4', group: 'view' },
  choose5: { keys: '5', group: 'view' },
  choose6: { keys: '6', group: 'view' },
  planIt: { keys: 'P', group: 'view' },
  approve: { keys: 'A', group: 'decide' },
  deny: { keys: 'D', group: 'decide' },
  edit: { keys: 'E', group: 'decide' },
  askForChanges: { keys: 'C', group: 'decide' },
  happened: { keys: 'H', group: 'decide' },
  didNotHappen: { keys: 'N', group: 'decide' },
  lookAgain: { keys: 'L', group: 'decide' },
  openPlan: { keys: 'O', group: 'project' },
  pauseProject: { keys: 'P', group: 'project' },
  follow: { keys: 'G', group: 'project' },
  fork: { keys: 'F', group: 'project' },
  compare: { keys: 'C', group: 'project' },
  rollBack: { keys: 'R', group: 'project' },
  verify: { keys: 'V', group: 'project' },
  adopt: { keys: 'B', group: 'project' },
  previousCheckpoint: { keys: 'ArrowLeft', group: 'project' },
  nextCheckpoint: { keys: 'ArrowRight', group: 'project' },
} as const satisfies Record<string, { keys: string; group: string }>;

export type ActionId = keyof typeof ACTIONS;
export type ActionGroup = (typeof ACTIONS)[ActionId]['group'];

export const ACTION_IDS = Object.keys(ACTIONS) as ActionId[];
export const ACTION_GROUPS: readonly ActionGroup[] = ['everywhere', 'go', 'view', 'decide', 'project'];

/** These end in a decision: a key that is held down must not decide a second thing. */
const DECIDES: ReadonlySet<ActionId> = new Set([
  'approve',
  'deny',
  'happened',
  'didNotHappen',
  'lookAgain',
  'rollBack',
  'adopt',
]);

export function decides(action: ActionId): boolean {
  return DECIDES.has(action);
}
