import type { ReactNode } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { OrgChart } from '#ui/components/org-chart/OrgChart.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import type { Status } from '#ui/components/status/statuses.ts';
import { list, moneyOf } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { MemberPanel } from './MemberPanel.tsx';
import type { BuildingAgent, MemberDetail, OrganisationActs, OrganisationModel } from './model.ts';
import { OrganisationBar } from './OrganisationBar.tsx';

const LEGEND: readonly { status: Status; key: 'busy' | 'idle' | 'waits' | 'away' | 'build' | 'offline' }[] = [
  { status: 'run', key: 'busy' },
  { status: 'queued', key: 'idle' },
  { status: 'wait', key: 'waits' },
  { status: 'paused', key: 'away' },
  { status: 'build', key: 'build' },
  { status: 'offline', key: 'offline' },
];

/** Agents and people in one chart, and the one that is chosen beside it. */
export function ChartView({
  model,
  chosen,
  detail,
  acts,
  notice,
}: {
  model: OrganisationModel;
  chosen: string | null;
  detail: MemberDetail | null;
  acts: OrganisationActs;
  /** What the last act came to. */
  notice?: ReactNode;
}) {
  const { counts } = model;
  return (
    <>
      <OrganisationBar tab="chart" tabs={model.tabs} parts={model.parts} acts={acts} />
      {notice}
      <div className="body">
        <section className="pane grow" aria-label={t('org.tab.chart')}>
          <div className="bar-2 chart-bar">
            <span className="meta">
              {list([
                t('org.people', { count: counts.people }),
                t('org.agents', { count: counts.agents }),
                t('org.departments', { count: counts.departments }),
              ])}
            </span>
            <span className="push row row-12 wide">
              {LEGEND.filter(({ status }) => model.members.some((member) => member.status === status)).map(
                ({ status, key }) => (
                  <span key={key} className="row row-4 meta">
                    <StatusIcon status={status} worded />
                    {t(`org.legend.${key}`)}
                  </span>
                ),
              )}
            </span>
          </div>
          {model.members.length === 0 ? (
            <div className="blank">
              <Empty icon="org" level={2} title={t('org.none')}>
                {t('org.noneWhy')}
              </Empty>
            </div>
          ) : (
            <OrgChart members={model.members} chosen={chosen} onChoose={acts.choose} />
          )}
          {model.building && <Building building={model.building} onOpen={acts.openFile} />}
        </section>
        {detail && <MemberPanel detail={detail} acts={acts} />}
      </div>
    </>
  );
}

function Building({ building, onOpen }: { building: BuildingAgent; onOpen: ((id: string) => void) | undefined }) {
  return (
    <div className="building">
      <Card label={building.agent.name}>
        <CardHead lead={<StatusIcon status="build" />} title={building.agent.name} meta={building.line}>
          <span className="meta push">{list([moneyOf(building.cost, building.limit), building.left])}</span>
        </CardHead>
        <div className="card-body row row-16 row-wrap">
          {building.stages.map((stage) => (
            <span key={stage.id} className={stage.status === 'queued' ? 'row sec' : 'row'}>
              <StatusIcon status={stage.status} />
              {stage.status === 'build' ? <strong className="strong">{stage.name}</strong> : stage.name}
            </span>
          ))}
          <span className="push">
            {onOpen && (
              <Button small onClick={() => onOpen(building.agent.id)}>
                {t('org.openFile')}
              </Button>
            )}
          </span>
        </div>
      </Card>
    </div>
  );
}
