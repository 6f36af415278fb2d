import { type ReactNode, useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Item } from '#ui/components/item/Item.tsx';
import type { ConnectionDto, DeviceDto } from '#ui/ipc/bindings.ts';
import { useClock } from '#ui/words/clock.tsx';
import { count, duration, fromHost, list, when } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { containmentOf } from './fromStatus.ts';

export interface DeviceActs {
  lookAgain: () => void;
  /** One session, or all. */
  signOut: (connection: number | null) => void;
  busy: 'looking' | { signingOut: number | null } | null;
}

/** This device, and who is connected to it now. */
export function Devices({ device, acts, refused }: { device: DeviceDto; acts: DeviceActs; refused?: ReactNode }) {
  const [asked, setAsked] = useState<ConnectionDto | 'all' | null>(null);
  const sessions = device.connections.filter((connection) => connection.can_end);
  return (
    <>
      {refused}
      <div className="grid-2 stack-md">
        <ThisDevice device={device} />
        <Card label={t('devices.connected')}>
          <CardHead lead={<Icon name="plug" />} title={t('devices.connected')}>
            <span className="meta">{count(device.connections.length)}</span>
            <span className="push row">
              <Button
                kind="quiet"
                small
                icon="refresh"
                busy={acts.busy === 'looking' && t('devices.looking')}
                onClick={acts.lookAgain}
              >
                {t('action.lookAgain')}
              </Button>
              {sessions.length > 1 && (
                <Button small kind="danger" onClick={() => setAsked('all')}>
                  {t('devices.signOutAll')}
                </Button>
              )}
            </span>
          </CardHead>
          {device.connections.length === 0 ? (
            <p className="card-body meta">{t('devices.nobody')}</p>
          ) : (
            device.connections.map((connection) => (
              <ConnectionItem
                key={connection.id}
                connection={connection}
                busy={isEnding(acts, connection.id)}
                onSignOut={() => (connection.here ? setAsked(connection) : acts.signOut(connection.id))}
              />
            ))
          )}
        </Card>
      </div>
      <Dialog
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={asked === 'all' ? t('devices.allTitle') : t('devices.ownTitle')}
        foot={
          <>
            <Button onClick={() => setAsked(null)}>{t('act.cancel')}</Button>
            <Button
              kind="danger"
              onClick={() => {
                if (asked !== null) acts.signOut(asked === 'all' ? null : asked.id);
                setAsked(null);
              }}
            >
              {asked === 'all' ? t('devices.signOutAll') : t('devices.signOut')}
            </Button>
          </>
        }
      >
        {t('devices.ownWhat')}
      </Dialog>
    </>
  );
}

function isEnding(acts: DeviceActs, id: number): boolean {
  return acts.busy !== null && typeof acts.busy === 'object' && acts.busy.signingOut === id;
}

function ThisDevice({ device }: { device: DeviceDto }) {
  const { status, words } = containmentOf(device.containment);
  return (
    <Card label={t('devices.this')}>
      <CardHead lead={<Icon name="device" />} title={t('frame.thisDevice', { name: device.name })}>
        <Badge status={status}>{words}</Badge>
      </CardHead>
      <KeyValues
        className="card-body"
        facts={[
          { label: t('devices.platform'), value: device.platform },
          { label: t('system.version'), value: device.version },
          {
            label: t('devices.host'),
            value: t('devices.hostIs', { program: device.program, process: String(device.process) }),
          },
          { label: t('devices.since'), value: <Time at={fromHost(device.opened_at)} className="" /> },
          { label: t('system.workspace'), value: <Path path={device.workspace} /> },
          { label: t('devices.heads'), value: <Path path={device.state} /> },
          { label: t('logs.title'), value: <Path path={device.logs} /> },
        ]}
      />
    </Card>
  );
}

function Path({ path }: { path: string | null }) {
  return path === null ? (
    <span className="meta">{t('devices.nowhere')}</span>
  ) : (
    <span className="mono break">{path}</span>
  );
}

function seenWords(span: number): string {
  return span < 60_000 ? t('devices.seenNow') : t('devices.seen', { span: duration(span) });
}

const KINDS = ['window', 'browser', 'program'] as const;

function ConnectionItem({
  connection,
  busy,
  onSignOut,
}: {
  connection: ConnectionDto;
  busy: boolean;
  onSignOut: () => void;
}) {
  const clock = useClock();
  const known = KINDS.find((kind) => kind === connection.kind);
  const kind = known ? t(`devices.kinds.${known}`) : connection.kind;
  const title = list([kind, connection.label !== '' && oneLine(connection.label)]);
  const line = list([
    connection.here && t('devices.here'),
    t('devices.sinceWhen', { time: when(clock, fromHost(connection.since)) }),
    seenWords(clock.now - fromHost(connection.seen)),
  ]);
  return (
    <Item
      status="done"
      title={title}
      line={line}
      {...(connection.can_end && {
        action: (
          <Button
            small
            busy={busy && t('devices.signingOut')}
            aria-label={t('devices.signOutName', { name: title })}
            onClick={onSignOut}
          >
            {t('devices.signOut')}
          </Button>
        ),
      })}
    />
  );
}
