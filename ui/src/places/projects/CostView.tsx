import { Section } from '#ui/components/card/Card.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { count, money, moneyOf, moneyRange, roughCount } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { CostModel, ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

type Row = CostModel['rows'][number];

/** Where the money went, step by step; spend without an outcome has its own line. */
export function CostView({ head, model }: { head: ProjectHead; model: CostModel }) {
  const columns: readonly Column<Row>[] = [
    { id: 'step', head: t('step.step'), cut: true, cell: (row) => row.step, foot: t('cost.all') },
    { id: 'member', head: t('cost.member'), width: '20%', cell: (row) => <MemberChip member={row.member} />, foot: '' },
    {
      id: 'model',
      head: t('cost.model'),
      width: '18%',
      mono: true,
      sec: true,
      cut: true,
      wide: true,
      cell: (row) => row.model,
      foot: '',
    },
    {
      id: 'calls',
      head: t('cost.calls'),
      width: '72px',
      num: true,
      sec: true,
      wide: true,
      cell: (row) => count(row.calls),
      foot: count(model.rows.reduce((sum, row) => sum + row.calls, 0)),
    },
    {
      id: 'tokens',
      head: t('cost.tokens'),
      width: '88px',
      num: true,
      sec: true,
      wide: true,
      cell: (row) => roughCount(row.tokens),
      foot: roughCount(model.rows.reduce((sum, row) => sum + row.tokens, 0)),
    },
    {
      id: 'expected',
      head: t('cost.expected'),
      width: '96px',
      num: true,
      sec: true,
      cell: (row) => money(row.expected),
      foot: money(model.rows.reduce((sum, row) => sum + row.expected, 0)),
    },
    {
      id: 'actual',
      head: t('cost.actual'),
      width: '96px',
      num: true,
      cell: (row) => (row.actual === null ? t('cost.noneYet') : money(row.actual)),
      foot: money(model.rows.reduce((sum, row) => sum + (row.actual ?? 0), 0)),
    },
  ];
  return (
    <>
      <ProjectBar head={head} tab="cost" />
      <div className="body">
        <section className="pane grow" aria-label={t('cost.bySteps')}>
          <Table label={t('cost.bySteps')} columns={columns} rows={model.rows} id={(row) => row.id} page fixed />
        </section>
        <aside className="pane pane-side run-side" aria-label={t('cost.sum')}>
          <Section title={t('run.spend')}>
            <div className="row baseline">
              <span className="figure">{money(model.spent)}</span>
              <span className="meta">{t('plan.ofLimit', { limit: money(model.limit) })}</span>
            </div>
            <Meter label={t('money.budgetUsed')} used={model.spent} held={model.reserved} of={model.limit} />
            <KeyValues
              figures
              facts={[
                { label: t('money.reserved'), value: money(model.reserved) },
                { label: t('money.expected'), value: moneyRange(model.expected.low, model.expected.high) },
                { label: t('money.withoutOutcome'), value: money(model.withoutOutcome) },
                { label: t('cost.limit'), value: moneyOf(model.spent, model.limit) },
              ]}
            />
            <span className="meta">{t('run.stops')}</span>
          </Section>
        </aside>
      </div>
    </>
  );
}
