import type { ReactNode } from 'react';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { LinkButton } from '#ui/components/button/Button.tsx';
import { TabLinks } from '#ui/components/tabs/Tabs.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { PROJECT_TABS, type ProjectTab, paths } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import type { ProjectHead } from './model.ts';

/** The head that all tabs of a project share. */
export function ProjectBar({ head, tab, children }: { head: ProjectHead; tab: ProjectTab; children?: ReactNode }) {
  return (
    <>
      <Bar
        title={head.name}
        crumb={{ name: t('place.projects'), href: paths.projects() }}
        tabs={
          <TabLinks
            label={t('project.parts')}
            tabs={(head.tabs ?? PROJECT_TABS).map((id) => ({
              name: t(`project.tab.${id}`),
              href: paths.project(head.id, id),
              current: id === tab,
              ...(id === 'files' && head.files !== undefined && { count: head.files }),
            }))}
          />
        }
      >
        {children}
      </Bar>
      {head.banner && (
        <Banner
          status={head.banner.status}
          flush
          action={
            <LinkButton small href={head.banner.href}>
              {head.banner.act}
            </LinkButton>
          }
        >
          <strong className="strong">{head.banner.lead}</strong> {head.banner.text}
        </Banner>
      )}
    </>
  );
}
