import type { ReactNode } from 'react';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Item } from '#ui/components/item/Item.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { DiscoveryDto, EndpointDto, EndpointsDto, KeyDto, OfferedKeyDto, ServiceDto } from '#ui/ipc/bindings.ts';
import { list } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { hostOf, lineOf, notEnabled, whereTo } from './terms.ts';

export interface ModelsActs {
  lookAgain: () => void;
  add: () => void;
  offer: (service: ServiceDto) => void;
  takeFromEnvironment: (offered: OfferedKeyDto) => void;
  disable: (endpoint: EndpointDto) => void;
  revoke: (key: KeyDto) => void;
}

/** Services that answer with models: agreed to, found, offered; and the keys that they take. */
export function Models({
  models,
  found,
  projects,
  busy,
  refused,
  acts,
}: {
  models: EndpointsDto;
  /** Null while this machine is looked over. */
  found: DiscoveryDto | null;
  projects: ReadonlyMap<string, string>;
  /** What is being disabled or revoked. */
  busy: string | null;
  refused?: ReactNode;
  acts: ModelsActs;
}) {
  const enabled = models.endpoints.filter((endpoint) => endpoint.enabled);
  const services = notEnabled(found?.services ?? [], models.endpoints);
  const kept = new Set(models.keys.map((key) => key.kind));
  const offered = (found?.environment ?? []).filter((key) => !kept.has(key.kind.kind));
  return (
    <>
      {refused}
      <Card label={t('models.title')}>
        <CardHead lead={<Icon name="plug" />} title={t('models.title')} meta={found === null && t('models.looking')}>
          <span className="push row">
            <Button kind="quiet" small icon="refresh" onClick={acts.lookAgain}>
              {t('models.lookAgain')}
            </Button>
            <Button small onClick={acts.add}>
              {t('models.add')}
            </Button>
          </span>
        </CardHead>
        {enabled.map((endpoint) => (
          <Item
            key={endpoint.id}
            status={endpoint.kind.is_model ? 'done' : 'unknown'}
            title={endpoint.name}
            line={lineOf(endpoint, projects)}
            action={
              <Button
                small
                busy={busy === endpoint.id && t('models.disabling')}
                aria-label={t('models.disableName', { name: endpoint.name })}
                onClick={() => acts.disable(endpoint)}
              >
                {t('models.disable')}
              </Button>
            }
          />
        ))}
        {services.map((service) => (
          <Found key={service.address} service={service} onOffer={acts.offer} />
        ))}
        {offered.map((key) => (
          <Item
            key={key.variable}
            status="offline"
            title={key.kind.title}
            line={t('models.isSet', { variable: key.variable })}
            action={
              <Button small onClick={() => acts.takeFromEnvironment(key)}>
                {t('models.take')}
              </Button>
            }
          />
        ))}
        {enabled.length === 0 && (
          <Empty icon="plug" title={t('models.none')}>
            {t('models.noneWhy')}
          </Empty>
        )}
      </Card>
      <Keys models={models} busy={busy} onRevoke={acts.revoke} />
    </>
  );
}

function Found({ service, onOffer }: { service: ServiceDto; onOffer: (service: ServiceDto) => void }) {
  const names = service.models.map((model) => model.id);
  return (
    <Item
      status="offline"
      title={service.kind.title}
      line={list([
        t('models.count', { count: names.length }),
        t('models.foundAt', { host: hostOf(service.address) }),
        whereTo(service, names),
      ])}
      action={
        names.length > 0 && (
          <Button
            small
            aria-label={t('models.enableName', { name: service.kind.title })}
            onClick={() => onOffer(service)}
          >
            {t('models.enable')}
          </Button>
        )
      }
    />
  );
}

const STATES = ['kept', 'entered', 'revoked', 'lost'] as const;

function stateOf(key: KeyDto): string {
  const state = STATES.find((known) => known === key.state);
  return state === undefined ? key.state : t(`models.keyStates.${state}`);
}

function Keys({
  models: { keys, vault },
  busy,
  onRevoke,
}: {
  models: EndpointsDto;
  busy: string | null;
  onRevoke: (key: KeyDto) => void;
}) {
  if (keys.length === 0 && vault.problem === null) return null;
  const columns: readonly Column<KeyDto>[] = [
    {
      id: 'name',
      head: t('models.key'),
      cut: true,
      cell: (key) => (
        <span className="row">
          <Icon name="key" />
          <span className="cut strong">{key.name}</span>
        </span>
      ),
    },
    {
      id: 'for',
      head: t('models.sentTo'),
      width: '32%',
      cut: true,
      sec: true,
      wide: true,
      cell: (key) => hostOf(key.address),
    },
    { id: 'state', head: t('system.state'), width: '32%', sec: true, cut: true, cell: stateOf },
    {
      id: 'revoke',
      head: '',
      label: t('system.revoke'),
      width: '92px',
      num: true,
      cell: (key) => (
        <Button
          small
          kind="danger"
          busy={busy === key.name && t('models.revoking')}
          aria-label={t('system.revokeName', { name: key.name })}
          onClick={() => onRevoke(key)}
        >
          {t('system.revoke')}
        </Button>
      ),
    },
  ];
  return (
    <Card label={t('models.keys')}>
      <CardHead lead={<Icon name="key" />} title={t('models.keys')} meta={whereKept(vault.kind)} />
      {vault.problem !== null && (
        <Banner status="wait" flush>
          {t('models.vaultProblem', { problem: vault.problem, todo: vault.what_to_do })}
        </Banner>
      )}
      {keys.length > 0 && <Table label={t('models.keys')} columns={columns} rows={keys} id={(key) => key.name} fixed />}
    </Card>
  );
}

const VAULTS = ['keychain', 'file', 'memory'] as const;

export function whereKept(kind: string): string {
  const known = VAULTS.find((vault) => vault === kind);
  return known === undefined ? kind : t(`models.vaults.${known}`);
}
