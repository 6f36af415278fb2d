import { Load } from '#ui/components/load/Load.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { count, countOf, money } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { MemberPanel } from './MemberPanel.tsx';
import type { MemberDetail, OrganisationActs, OrganisationModel, WorkforceRow } from './model.ts';
import { OrganisationBar } from './OrganisationBar.tsx';

const COLUMNS: readonly Column<WorkforceRow>[] = [
  { id: 'member', head: t('cost.member'), cut: true, cell: (row) => <MemberChip member={row.member} /> },
  {
    id: 'status',
    head: t('projects.status'),
    width: '20%',
    cut: true,
    cell: (row) => (
      <span className="row">
        <StatusIcon status={row.status} worded />
        <span className="cut">{row.statusWords}</span>
      </span>
    ),
  },
  {
    id: 'department',
    head: t('projects.department'),
    width: '120px',
    sec: true,
    cut: true,
    hide: true,
    cell: (row) => row.department,
  },
  {
    id: 'load',
    head: t('org.load'),
    width: '72px',
    cell: (row) => row.load && <Load running={row.load.running} limit={row.load.limit} />,
  },
  { id: 'done', head: t('org.done'), width: '104px', num: true, cell: (row) => countOf(row.done, row.of) },
  {
    id: 'back',
    head: t('org.back'),
    width: '96px',
    num: true,
    sec: true,
    wide: true,
    cell: (row) => count(row.sentBack),
  },
  {
    id: 'per',
    head: t('org.perStep'),
    width: '96px',
    num: true,
    sec: true,
    wide: true,
    cell: (row) => row.perStep !== null && money(row.perStep),
  },
  { id: 'spent', head: t('money.spent'), width: '88px', num: true, cell: (row) => money(row.spent) },
];

/** Everybody with what the last thirty days came to. */
export function WorkforceView({
  model,
  rows,
  chosen,
  detail,
  acts,
}: {
  model: Pick<OrganisationModel, 'tabs'>;
  rows: readonly WorkforceRow[];
  chosen: string | null;
  detail: MemberDetail | null;
  acts: OrganisationActs;
}) {
  return (
    <>
      <OrganisationBar tab="workforce" tabs={model.tabs} acts={acts} />
      <div className="body">
        <section className="pane grow" aria-label={t('org.tab.workforce')}>
          <Table
            label={t('org.tab.workforce')}
            columns={COLUMNS}
            rows={rows}
            id={(row) => row.member.id}
            chosen={chosen}
            onChoose={acts.choose}
            page
            fixed
            minWidth={720}
          />
        </section>
        {detail && <MemberPanel detail={detail} acts={acts} />}
      </div>
    </>
  );
}
