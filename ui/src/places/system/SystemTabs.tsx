import type { ReactNode } from 'react';
import { TabLinks } from '#ui/components/tabs/Tabs.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { paths } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import { SYSTEM_TABS, type SystemTab } from './tabs.ts';

/** The bar of System with its parts, and the page below. */
export function SystemTabs({
  tab,
  meta,
  acts,
  children,
}: {
  tab: SystemTab;
  meta?: ReactNode;
  acts?: ReactNode;
  children: ReactNode;
}) {
  return (
    <>
      <Bar
        title={t('place.system')}
        {...(meta !== undefined && { meta })}
        tabs={
          <TabLinks
            label={t('system.parts')}
            tabs={SYSTEM_TABS.map((id) => ({
              name: t(`system.tab.${id}`),
              href: paths.system(id === 'overview' ? undefined : id),
              current: id === tab,
            }))}
          />
        }
      >
        {acts}
      </Bar>
      <div className="body">
        <div className="pane grow">{children}</div>
      </div>
    </>
  );
}
