export const SYSTEM_TABS = ['overview', 'devices', 'backups', 'logs', 'settings'] as const;
export type SystemTab = (typeof SYSTEM_TABS)[number];

/** An address of a part that there is not leads to the first. */
export function systemTab(name: string | undefined): SystemTab {
  return SYSTEM_TABS.find((tab) => tab === name) ?? 'overview';
}
