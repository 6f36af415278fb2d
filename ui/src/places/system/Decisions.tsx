import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { SealText } from '#ui/components/seal/Seal.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { DecisionDto } from '#ui/ipc/bindings.ts';
import { paths } from '#ui/paths.ts';
import { channelName, decisionWords } from '#ui/places/shared/decisions.ts';
import { count, fromHost } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

function columnsOf(projects: ReadonlyMap<string, string>): readonly Column<DecisionDto>[] {
  return [
    { id: 'at', head: t('history.when'), width: '104px', cell: (row) => <Time at={fromHost(row.at)} className="" /> },
    {
      id: 'what',
      head: t('system.what'),
      cut: true,
      cell: (row) => <span title={row.reason ?? undefined}>{decisionWords(row)}</span>,
    },
    {
      id: 'project',
      head: t('projects.project'),
      width: '28%',
      cut: true,
      sec: true,
      wide: true,
      cell: (row) =>
        row.project !== null && (
          <a href={paths.project(row.project, 'history')}>{oneLine(projects.get(row.project) ?? row.project)}</a>
        ),
    },
    { id: 'by', head: t('history.who'), width: '96px', cut: true, cell: (row) => row.by },
    {
      id: 'channel',
      head: t('history.channel'),
      width: '112px',
      sec: true,
      cut: true,
      wide: true,
      cell: (row) => channelName(row.channel),
    },
    {
      id: 'hash',
      head: t('history.hash'),
      width: '96px',
      wide: true,
      cell: (row) => row.action_hash !== null && <SealText hex={row.action_hash} />,
    },
  ];
}

/** What people decided, newest first: each stands in the ledger with the exact bytes it was about. */
export function Decisions({
  decisions,
  projects,
}: {
  decisions: readonly DecisionDto[];
  projects: ReadonlyMap<string, string>;
}) {
  return (
    <Card label={t('system.decisions')}>
      <CardHead lead={<Icon name="check" />} title={t('system.decisions')}>
        <span className="meta">{count(decisions.length)}</span>
      </CardHead>
      {decisions.length === 0 ? (
        <p className="card-body meta">{t('system.noDecisions')}</p>
      ) : (
        <Table
          label={t('system.decisions')}
          columns={columnsOf(projects)}
          rows={decisions}
          id={(row) => row.id}
          fixed
        />
      )}
    </Card>
  );
}
