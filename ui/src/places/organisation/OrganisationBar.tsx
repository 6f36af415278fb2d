import { Button } from '#ui/components/button/Button.tsx';
import { TabLinks } from '#ui/components/tabs/Tabs.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { paths } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import { ORGANISATION_TABS, type OrganisationActs, type OrganisationModel, type OrganisationTab } from './model.ts';

/** The head of every part of the organisation. */
export function OrganisationBar({
  tab,
  tabs,
  parts = ORGANISATION_TABS,
  acts,
}: {
  tab: OrganisationTab;
  tabs: OrganisationModel['tabs'];
  parts?: readonly OrganisationTab[] | undefined;
  acts: Pick<OrganisationActs, 'addPerson' | 'newAgent' | 'readFiles' | 'reading'>;
}) {
  return (
    <Bar
      title={t('place.organisation')}
      tabs={
        parts.length > 1 && (
          <TabLinks
            label={t('org.parts')}
            tabs={parts.map((id) => {
              const figure = tabs[id];
              return {
                name: t(`org.tab.${id}`),
                href: paths.organisation(id === 'chart' ? undefined : id),
                current: id === tab,
                ...(figure !== undefined && { count: figure }),
              };
            })}
          />
        )
      }
    >
      {acts.readFiles && (
        <ActButton
          action="readFiles"
          small
          icon="refresh"
          busy={acts.reading ? t('org.reading') : false}
          onAct={acts.readFiles}
        >
          {t('action.readFiles')}
        </ActButton>
      )}
      {acts.addPerson && (
        <Button small onClick={acts.addPerson}>
          {t('org.addPerson')}
        </Button>
      )}
      {acts.newAgent && (
        <ActButton action="newAgent" small icon="plus" onAct={acts.newAgent}>
          {t('action.newAgent')}
        </ActButton>
      )}
    </Bar>
  );
}
