import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Switch } from '#ui/components/check/Check.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Input } from '#ui/components/field/Field.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { LogLineDto } from '#ui/ipc/bindings.ts';
import { useClock } from '#ui/words/clock.tsx';
import { exactTime, fromHost } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { LOG_LEVELS, type LogLevel, statusOf } from './fromLogs.ts';

export interface LogActs {
  level: (level: LogLevel) => void;
  text: (text: string) => void;
  follow: (on: boolean) => void;
  older: () => void;
  copy: () => void;
}

interface Row extends LogLineDto {
  id: string;
}

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'at',
    head: t('history.when'),
    width: '104px',
    sec: true,
    cell: (row) => row.at !== null && <Time at={fromHost(row.at)} className="" />,
  },
  {
    id: 'level',
    head: t('logs.level'),
    width: '96px',
    cell: (row) => (
      <span className="row">
        <StatusIcon status={statusOf(row.level)} worded />
        {levelWords(row.level)}
      </span>
    ),
  },
  {
    id: 'what',
    head: t('system.what'),
    cut: true,
    cell: (row) => <span title={oneLine(row.message)}>{oneLine(row.message)}</span>,
  },
  {
    id: 'details',
    head: t('logs.details'),
    width: '28%',
    mono: true,
    sec: true,
    cut: true,
    wide: true,
    cell: (row) => oneLine(row.details),
  },
  {
    id: 'target',
    head: t('logs.part'),
    width: '16%',
    mono: true,
    sec: true,
    cut: true,
    hide: true,
    cell: (row) => row.target,
  },
];

function levelWords(level: string): string {
  const known = LOG_LEVELS.find((one) => one === level);
  return known ? t(`logs.levels.${known}`) : level;
}

/** What Cadre's programs on this machine wrote down, newest first. */
export function Logs({
  folder,
  lines,
  filter,
  more,
  busy,
  refused,
  acts,
}: {
  folder: string | null;
  lines: readonly LogLineDto[];
  filter: { level: LogLevel; text: string; follow: boolean };
  /** Whether there is something before the last line. */
  more: boolean;
  busy: boolean;
  refused?: ReactNode;
  acts: LogActs;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  // A line has no identity but its place, counted from the end of the log so that older ones keep theirs.
  const rows = lines.map((line, index) => ({ ...line, id: `${line.at} ${lines.length - index}` }));
  const shown = rows.find((row) => row.id === chosen);
  return (
    <>
      {refused}
      <Card label={t('logs.title')}>
        <CardHead lead={<Icon name="list" />} title={t('logs.title')} meta={t('logs.lines', { count: lines.length })}>
          <span className="push row row-wrap">
            <Switch checked={filter.follow} onChange={(event) => acts.follow(event.target.checked)}>
              {t('logs.follow')}
            </Switch>
            <Button small icon="copy" disabled={lines.length === 0} onClick={acts.copy}>
              {t('logs.copy')}
            </Button>
          </span>
        </CardHead>
        <div className="card-body row row-12 row-wrap">
          <div className="seg-scroll">
            <Segment
              label={t('logs.least')}
              choices={LOG_LEVELS.map((id) => ({ id, name: t(`logs.from.${id}`) }))}
              chosen={filter.level}
              onChoose={acts.level}
            />
          </div>
          <Input
            type="search"
            className="log-search"
            aria-label={t('logs.search')}
            placeholder={t('logs.search')}
            value={filter.text}
            onChange={(event) => acts.text(event.target.value)}
          />
        </div>
        {lines.length === 0 ? (
          <Empty icon="list" title={folder === null ? t('logs.noLog') : t('logs.none')}>
            {folder === null ? t('logs.noLogWhy') : t('logs.noneWhy')}
          </Empty>
        ) : (
          <div className="log-lines fits-narrow">
            <Table
              label={t('logs.title')}
              columns={COLUMNS}
              rows={rows}
              id={(row) => row.id}
              chosen={chosen}
              onChoose={(id) => setChosen(id === chosen ? null : id)}
              fixed
            />
          </div>
        )}
        {more && (
          <div className="card-body">
            <Button small busy={busy && t('logs.reading')} onClick={acts.older}>
              {t('logs.older')}
            </Button>
          </div>
        )}
        {folder !== null && (
          <KeyValues
            className="card-body"
            facts={[{ label: t('firstRun.folder'), value: <span className="mono break">{folder}</span> }]}
          />
        )}
      </Card>
      {shown && <Line line={shown} />}
    </>
  );
}

function Line({ line }: { line: LogLineDto }) {
  const clock = useClock();
  return (
    <Card label={t('logs.line')}>
      <CardHead lead={<StatusIcon status={statusOf(line.level)} />} title={levelWords(line.level)} />
      <KeyValues
        className="card-body"
        facts={[
          {
            label: t('history.when'),
            value: line.at === null ? t('logs.noTime') : exactTime(clock, fromHost(line.at)),
          },
          { label: t('system.what'), value: <span className="break">{line.message}</span> },
          { label: t('logs.details'), value: <span className="mono break">{line.details}</span> },
          { label: t('logs.part'), value: <span className="mono break">{line.target}</span> },
        ]}
      />
    </Card>
  );
}
