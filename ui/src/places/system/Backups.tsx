import { type ReactNode, useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Banner } from '#ui/components/banner/Banner.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { CallErrorPanel } from '#ui/components/error-panel/CallErrorPanel.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { SealText } from '#ui/components/seal/Seal.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { BackupDto, BackupsDto } from '#ui/ipc/bindings.ts';
import { CallError } from '#ui/ipc/errors.ts';
import { useClock } from '#ui/words/clock.tsx';
import { bytes, count, exactTime, fromHost } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { nameOf, standingOf, unprovenOf } from './fromBackups.ts';

export interface BackupActs {
  backUp: (to: string | null) => void;
  restore: (backup: string) => void;
  takeBack: () => void;
  /** What is under way: a backup, or the backup that is being checked. */
  busy: 'backUp' | 'takeBack' | { restoring: string } | null;
}

function columnsOf(
  acts: BackupActs,
  decided: boolean,
  onRestore: (backup: BackupDto) => void,
): readonly Column<BackupDto>[] {
  return [
    {
      id: 'made',
      head: t('backups.made'),
      width: '104px',
      cell: (row) => <Time at={fromHost(row.made_at)} className="" />,
    },
    {
      id: 'state',
      head: t('system.state'),
      width: '136px',
      cell: (row) => {
        const { status, words } = standingOf(row);
        return (
          <span title={row.problems.join('\n') || undefined}>
            <Badge status={status}>{words}</Badge>
          </span>
        );
      },
    },
    {
      id: 'name',
      head: t('backups.name'),
      mono: true,
      cut: true,
      wide: true,
      cell: (row) => <span title={row.path}>{nameOf(row.path)}</span>,
    },
    {
      id: 'entries',
      head: t('backups.entries'),
      width: '80px',
      num: true,
      wide: true,
      cell: (row) => row.entries !== null && count(row.entries),
    },
    {
      id: 'head',
      head: t('history.hash'),
      width: '96px',
      hide: true,
      cell: (row) => row.head !== null && <SealText hex={row.head} />,
    },
    {
      id: 'size',
      head: t('backups.size'),
      width: '80px',
      num: true,
      sec: true,
      wide: true,
      cell: (row) => bytes(row.bytes),
    },
    { id: 'by', head: t('history.who'), width: '88px', sec: true, cut: true, hide: true, cell: (row) => row.by },
    {
      id: 'restore',
      head: '',
      label: t('backups.restore'),
      width: '108px',
      num: true,
      cell: (row) => (
        <Button
          small
          busy={isRestoring(acts, row.path) && t('backups.checking')}
          reason={decided ? t('backups.decidedAlready') : undefined}
          aria-label={t('backups.restoreName', { name: nameOf(row.path) })}
          onClick={() => onRestore(row)}
        >
          {t('backups.restore')}
        </Button>
      ),
    },
  ];
}

function isRestoring(acts: BackupActs, path: string): boolean {
  return acts.busy !== null && typeof acts.busy === 'object' && acts.busy.restoring === path;
}

/** What there is to go back to. Putting one back is decided here and done when Cadre starts the next time. */
export function Backups({ model, acts, refused }: { model: BackupsDto; acts: BackupActs; refused?: ReactNode }) {
  const [asked, setAsked] = useState<{ path: string; backup: BackupDto | null } | null>(null);
  return (
    <>
      {refused}
      {model.problems.map((problem) => (
        <CallErrorPanel key={problem.message} error={new CallError(problem)} />
      ))}
      {model.restored && <Restored restored={model.restored} />}
      {model.decided && <Decided decided={model.decided} acts={acts} />}
      <Card label={t('backups.title')}>
        <CardHead lead={<Icon name="download" />} title={t('backups.title')}>
          <span className="meta">{count(model.backups.length)}</span>
          <span className="push">
            <Button
              small
              kind="primary"
              busy={acts.busy === 'backUp' && t('backups.backingUp')}
              onClick={() => acts.backUp(null)}
            >
              {t('backups.backUp')}
            </Button>
          </span>
        </CardHead>
        <p className="card-body prose-s">{t('backups.what')}</p>
        {model.backups.length === 0 ? (
          <Empty icon="download" title={t('backups.none')}>
            {t('backups.noneWhy')}
          </Empty>
        ) : (
          <div className="fits-narrow">
            <Table
              label={t('backups.title')}
              columns={columnsOf(acts, model.decided !== null, (backup) => setAsked({ path: backup.path, backup }))}
              rows={model.backups}
              id={(row) => row.path}
              fixed
            />
          </div>
        )}
        <KeyValues
          className="card-body"
          facts={[{ label: t('firstRun.folder'), value: <span className="mono break">{model.folder}</span> }]}
        />
      </Card>
      <Elsewhere acts={acts} decided={model.decided !== null} onRestore={(path) => setAsked({ path, backup: null })} />
      <Dialog
        open={asked !== null}
        onClose={() => setAsked(null)}
        title={t('backups.askTitle')}
        foot={
          <>
            <Button onClick={() => setAsked(null)}>{t('act.cancel')}</Button>
            <Button
              kind="danger"
              onClick={() => {
                if (asked) acts.restore(asked.path);
                setAsked(null);
              }}
            >
              {t('backups.askAct')}
            </Button>
          </>
        }
      >
        <div className="col col-12">
          {asked && <Asked path={asked.path} backup={asked.backup} />}
          <p>{t('backups.askWhen')}</p>
          <p>{t('backups.askKept')}</p>
          <p>{t('backups.askLost')}</p>
        </div>
      </Dialog>
    </>
  );
}

function Asked({ path, backup }: { path: string; backup: BackupDto | null }) {
  const clock = useClock();
  const facts = [{ label: t('backups.name'), value: <span className="mono break">{path}</span> }];
  if (backup)
    facts.unshift({ label: t('backups.made'), value: <span>{exactTime(clock, fromHost(backup.made_at))}</span> });
  return <KeyValues facts={facts} />;
}

function Decided({ decided, acts }: { decided: NonNullable<BackupsDto['decided']>; acts: BackupActs }) {
  const clock = useClock();
  const unproven = unprovenOf(decided.compared);
  return (
    <Banner
      status="wait"
      action={
        <Button small busy={acts.busy === 'takeBack' && t('backups.takingBack')} onClick={acts.takeBack}>
          {t('backups.takeBack')}
        </Button>
      }
    >
      {t('backups.decided', {
        time: exactTime(clock, fromHost(decided.made_at)),
        entries: count(decided.entries),
      })}
      {unproven && ` ${unproven}`}
    </Banner>
  );
}

function Restored({ restored }: { restored: NonNullable<BackupsDto['restored']> }) {
  const clock = useClock();
  const unproven = unprovenOf(restored.compared);
  return (
    <Banner status={unproven ? 'wait' : 'done'}>
      {t('backups.restored', {
        time: exactTime(clock, fromHost(restored.made_at)),
        entries: count(restored.entries),
      })}
      {unproven && ` ${unproven}`}
    </Banner>
  );
}

/** A folder on another disk: to make a backup in, or one that is put back. */
function Elsewhere({
  acts,
  decided,
  onRestore,
}: {
  acts: BackupActs;
  decided: boolean;
  onRestore: (path: string) => void;
}) {
  const [folder, setFolder] = useState('');
  const path = folder.trim();
  const reason = path === '' ? t('backups.needsFolder') : undefined;
  return (
    <Card label={t('backups.elsewhere')}>
      <CardHead lead={<Icon name="folder" />} title={t('backups.elsewhere')} />
      <div className="card-body col col-12">
        <Field label={t('firstRun.folder')} hint={t('backups.elsewhereHint')}>
          <Input mono value={folder} onChange={(event) => setFolder(event.target.value)} />
        </Field>
        <span className="row">
          <Button small reason={reason} onClick={() => acts.backUp(path)}>
            {t('backups.backUpThere')}
          </Button>
          <Button
            small
            reason={reason ?? (decided ? t('backups.decidedAlready') : undefined)}
            busy={isRestoring(acts, path) && path !== '' && t('backups.checking')}
            onClick={() => onRestore(path)}
          >
            {t('backups.restoreThis')}
          </Button>
        </span>
      </div>
    </Card>
  );
}
