import { useState } from 'react';
import { Beats } from '#ui/components/beats/Beats.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { hueOf } from '#ui/components/status/statuses.ts';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { TabLinks } from '#ui/components/tabs/Tabs.tsx';
import { Bar } from '#ui/frame/Bar.tsx';
import { paths } from '#ui/paths.ts';
import { countOf, duration } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { CredentialRow, ServiceRow, SystemActs, SystemModel } from './model.ts';
import { Credentials, Devices, Ledger, Models } from './SystemCards.tsx';

const TABS = ['overview', 'services', 'devices', 'models', 'credentials', 'ledger', 'settings'] as const;

const COLUMNS: readonly Column<ServiceRow>[] = [
  {
    id: 'name',
    head: t('system.service'),
    width: '20%',
    cut: true,
    cell: (row) => (
      <span className="row">
        <StatusIcon status={row.status} />
        <span className="strong cut">{row.name}</span>
      </span>
    ),
  },
  { id: 'kind', head: t('system.kind'), width: '13%', sec: true, cut: true, cell: (row) => row.kind },
  {
    id: 'version',
    head: t('system.version'),
    width: '11%',
    sec: true,
    mono: true,
    cut: true,
    cell: (row) => row.version,
  },
  { id: 'beats', head: t('system.heartbeats'), width: '124px', cell: (row) => <Beats beats={row.beats} /> },
  {
    id: 'last',
    head: t('system.last'),
    width: '92px',
    num: true,
    cell: (row) => <span className={lateTone(row)}>{duration(row.last)}</span>,
  },
  {
    id: 'use',
    head: t('system.inUse'),
    width: '88px',
    num: true,
    sec: true,
    cell: (row) => countOf(row.inUse.used, row.inUse.of),
  },
  { id: 'state', head: t('system.state'), sec: true, cut: true, cell: (row) => row.state },
];

/** A healthy heartbeat is grey; one that is late has the colour of its status. */
function lateTone(row: ServiceRow): string | undefined {
  const hue = hueOf(row.status);
  return hue && hue !== 'done' ? `t-${hue}` : undefined;
}

/** What runs beside the work: services, devices, secrets, models, the ledger. */
export function SystemView({ model, acts }: { model: SystemModel; acts: SystemActs }) {
  const [revoking, setRevoking] = useState<CredentialRow | null>(null);
  const counts: Partial<Record<(typeof TABS)[number], number>> = {
    services: model.services.length,
    devices: model.devices.length,
  };
  return (
    <>
      <Bar
        title={t('place.system')}
        tabs={
          <TabLinks
            label={t('system.parts')}
            tabs={TABS.map((id) => {
              const figure = counts[id];
              return {
                name: t(`system.tab.${id}`),
                href: paths.system(id === 'overview' ? undefined : id),
                current: id === 'overview',
                ...(figure !== undefined && { count: figure }),
              };
            })}
          />
        }
      >
        <Button small icon="refresh" onClick={acts.checkAll}>
          {t('system.checkAll')}
        </Button>
        <Button small onClick={acts.addService}>
          {t('system.addService')}
        </Button>
      </Bar>
      <div className="body">
        <div className="pane grow">
          {model.services.length === 0 ? (
            <Empty
              icon="plug"
              title={t('system.none')}
              action={<Button onClick={acts.addService}>{t('system.addService')}</Button>}
            >
              {t('system.noneWhy')}
            </Empty>
          ) : (
            <Table
              label={t('system.tab.services')}
              columns={COLUMNS}
              rows={model.services}
              id={(row) => row.id}
              page
              fixed
              minWidth={840}
            />
          )}
          <div className="pad col col-16 system-cards">
            <div className="grid-2 stack-md">
              <Devices devices={model.devices} />
              <Credentials
                credentials={model.credentials}
                uses={model.usesToday}
                onAdd={acts.addCredential}
                onRevoke={setRevoking}
              />
            </div>
            <div className="grid-2 stack-md">
              <Models models={model.models} onPrices={acts.editPrices} />
              <Ledger ledger={model.ledger} onVerify={acts.verify} />
            </div>
          </div>
        </div>
      </div>
      <Dialog
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        title={t('system.revokeTitle', { name: revoking?.name ?? '' })}
        foot={
          <>
            <Button onClick={() => setRevoking(null)}>{t('act.cancel')}</Button>
            <Button
              kind="danger"
              onClick={() => {
                if (revoking) acts.revoke(revoking.id);
                setRevoking(null);
              }}
            >
              {t('system.revoke')}
            </Button>
          </>
        }
      >
        {t('system.revokeWhat')}
      </Dialog>
    </>
  );
}
