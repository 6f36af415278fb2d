import { Badge, Tag } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Item } from '#ui/components/item/Item.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { SealText } from '#ui/components/seal/Seal.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, count, duration, list, money, roughCount } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { CredentialRow, DeviceRow, LedgerRow, ModelRow, SystemModel } from './model.ts';

export function Devices({ devices }: { devices: readonly DeviceRow[] }) {
  return (
    <Card label={t('system.tab.devices')}>
      <CardHead title={t('system.tab.devices')} />
      {devices.map((device) => (
        <Item
          key={device.id}
          status={device.status}
          title={device.here ? t('frame.thisDevice', { name: device.name }) : device.name}
          meta={device.last === null ? t('format.now') : duration(device.last)}
          line={device.line}
        />
      ))}
    </Card>
  );
}

export function Credentials({
  credentials,
  uses,
  onAdd,
  onRevoke,
}: {
  credentials: readonly CredentialRow[];
  uses: number;
  onAdd: () => void;
  onRevoke: (credential: CredentialRow) => void;
}) {
  const columns: readonly Column<CredentialRow>[] = [
    {
      id: 'name',
      head: t('system.secret'),
      cut: true,
      cell: (row) => (
        <span className="row">
          <Icon name="key" />
          <span className="cut strong">{row.name}</span>
        </span>
      ),
    },
    {
      id: 'users',
      head: t('system.mayUse'),
      width: '32%',
      cut: true,
      cell: (row) => (typeof row.users === 'string' ? row.users : <MemberChip member={row.users} />),
    },
    {
      id: 'last',
      head: t('system.lastUse'),
      width: '20%',
      num: true,
      sec: true,
      cell: (row) => row.lastUse !== null && <Time at={row.lastUse} className="" />,
    },
    {
      id: 'revoke',
      head: '',
      label: t('system.revoke'),
      width: '92px',
      num: true,
      cell: (row) => (
        <Button
          small
          kind="danger"
          onClick={() => onRevoke(row)}
          aria-label={t('system.revokeName', { name: row.name })}
        >
          {t('system.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <Card label={t('system.tab.credentials')}>
      <CardHead title={t('system.tab.credentials')} meta={t('system.uses', { count: uses })}>
        <Button kind="quiet" small className="push" onClick={onAdd}>
          {t('system.add')}
        </Button>
      </CardHead>
      <Table label={t('system.tab.credentials')} columns={columns} rows={credentials} id={(row) => row.id} fixed />
    </Card>
  );
}

const MODEL_COLUMNS: readonly Column<ModelRow>[] = [
  { id: 'name', head: t('cost.model'), mono: true, cut: true, cell: (row) => row.name },
  { id: 'tier', head: t('system.tier'), width: '76px', cell: (row) => <Tag>{t(`system.tiers.${row.tier}`)}</Tag> },
  { id: 'price', head: t('system.price'), width: '124px', num: true, sec: true, cell: (row) => priceWords(row.price) },
  {
    id: 'window',
    head: t('system.window'),
    width: '80px',
    num: true,
    sec: true,
    cell: (row) => roughCount(row.window),
  },
  { id: 'today', head: t('home.today'), width: '76px', num: true, cell: (row) => money(row.today) },
];

function priceWords(price: ModelRow['price']): string {
  if (price === null) return t('format.noPrice');
  if (price === 'local') return t('system.local');
  return list([price.input.toFixed(2), price.output.toFixed(2)]);
}

export function Models({ models, onPrices }: { models: readonly ModelRow[]; onPrices: () => void }) {
  return (
    <Card label={t('system.tab.models')}>
      <CardHead title={t('system.tab.models')}>
        <Button kind="quiet" small className="push" onClick={onPrices}>
          {t('system.editPrices')}
        </Button>
      </CardHead>
      <Table label={t('system.tab.models')} columns={MODEL_COLUMNS} rows={models} id={(row) => row.id} fixed />
    </Card>
  );
}

export function Ledger({ ledger, onVerify }: { ledger: SystemModel['ledger']; onVerify: () => void }) {
  const clock = useClock();
  const columns: readonly Column<LedgerRow>[] = [
    { id: 'entry', head: t('system.entry'), width: '72px', mono: true, sec: true, cell: (row) => count(row.entry) },
    { id: 'at', head: t('step.time'), width: '72px', sec: true, cell: (row) => clockTime(clock, row.at) },
    { id: 'what', head: t('system.what'), cut: true, cell: (row) => row.what },
    { id: 'who', head: t('history.who'), width: '28%', cut: true, wide: true, cell: (row) => row.who },
    { id: 'hash', head: t('history.hash'), width: '96px', num: true, cell: (row) => <SealText hex={row.hash} /> },
  ];
  return (
    <Card label={t('system.tab.ledger')}>
      <CardHead title={t('system.tab.ledger')}>
        {ledger.verified === null ? (
          <Badge status="run">{t('frame.checking')}</Badge>
        ) : (
          <Badge status="done">{t('system.verified', { time: clockTime(clock, ledger.verified) })}</Badge>
        )}
        <Button kind="quiet" small className="push" onClick={onVerify}>
          {t('system.verify')}
        </Button>
      </CardHead>
      <Table
        label={t('system.tab.ledger')}
        columns={columns}
        rows={ledger.newest}
        id={(row) => String(row.entry)}
        fixed
      />
    </Card>
  );
}
