import { useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { Section } from '#ui/components/card/Card.tsx';
import { Empty } from '#ui/components/empty/Empty.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Field, Input } from '#ui/components/field/Field.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Meter } from '#ui/components/meter/Meter.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { ProjectDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import type { People } from '#ui/places/shared/members.ts';
import { count, money, moneyOf, percent, roughCount } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { type CallRow, centsOf, type SpendModel, spendOf } from './fromSpend.ts';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';

const COLUMNS: readonly Column<CallRow>[] = [
  { id: 'at', head: t('history.when'), width: '80px', wide: true, cell: (row) => <Time at={row.at} as="clock" /> },
  {
    id: 'step',
    head: t('step.step'),
    cut: true,
    cell: (row) => (
      <span className="row">
        <StatusIcon status={row.status} />
        <span className="cut">{row.step}</span>
      </span>
    ),
  },
  {
    id: 'member',
    head: t('cost.member'),
    width: '20%',
    wide: true,
    cell: (row) => row.member && <MemberChip member={row.member} />,
  },
  { id: 'model', head: t('cost.model'), width: '20%', mono: true, sec: true, cut: true, cell: (row) => row.model },
  {
    id: 'tokens',
    head: t('cost.tokens'),
    width: '80px',
    num: true,
    sec: true,
    wide: true,
    cell: (row) => roughCount(row.tokens),
  },
  {
    id: 'reserved',
    head: t('cost.reserved'),
    width: '88px',
    num: true,
    sec: true,
    wide: true,
    cell: (row) => money(row.reserved),
  },
  {
    id: 'charged',
    head: t('cost.actual'),
    width: '88px',
    num: true,
    cell: (row) => (row.charged === null ? t('cost.noneYet') : money(row.charged)),
  },
];

/** What the project's calls of models cost, each with its receipt, and the limits that stop them. */
export function CostTab({ head, project, people }: { head: ProjectHead; project: ProjectDto; people: People }) {
  const spend = useOperation('project.spend', { project: project.id });
  return (
    <>
      <ProjectBar head={head} tab="cost" />
      <Answered query={spend}>
        {(data) => <Cost model={spendOf(data, project, people)} project={project.id} />}
      </Answered>
    </>
  );
}

function Cost({ model, project }: { model: SpendModel; project: string }) {
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = model.rows.find((row) => row.id === picked);
  return (
    <div className="body">
      <section className="pane grow" aria-label={t('cost.callsOfModels')}>
        {model.rows.length === 0 ? (
          <div className="blank">
            <Empty icon="money" level={2} title={t('cost.none')}>
              {t('cost.noneWhy')}
            </Empty>
          </div>
        ) : (
          <Table
            label={t('cost.callsOfModels')}
            columns={COLUMNS}
            rows={model.rows}
            id={(row) => row.id}
            chosen={picked}
            onChoose={setPicked}
            page
            fixed
          />
        )}
      </section>
      <aside className="pane pane-side run-side" aria-label={t('cost.sum')}>
        <Section title={t('run.spend')}>
          <div className="row baseline">
            <span className="figure">{money(model.charged)}</span>
            <span className="meta">{t('cost.soFar')}</span>
          </div>
        </Section>
        {model.budgets.map((budget) => (
          <Section key={budget.id} title={budget.name}>
            <div className="row">
              <span>{moneyOf(budget.used, budget.most)}</span>
              <span className="push meta">{percent(budget.percent / 100)}</span>
            </div>
            <Meter label={t('money.budgetUsed')} used={budget.used} of={budget.most} />
            <Limit project={budget.id === 'project' ? project : null} />
          </Section>
        ))}
        {chosen && <Receipt row={chosen} />}
      </aside>
    </div>
  );
}

/** A limit is a person's to set; it holds from the next call on. */
function Limit({ project }: { project: string | null }) {
  const [text, setText] = useState<string | null>(null);
  const set = useCommand('budget.set');
  if (text === null) {
    return (
      <div className="col col-4">
        <span className="meta">{t('run.stops')}</span>
        <div className="row">
          <Button small onClick={() => setText('')}>
            {t('cost.change')}
          </Button>
        </div>
      </div>
    );
  }
  const cents = centsOf(text);
  const close = () => setText(null);
  return (
    <form
      className="col"
      onSubmit={(event) => {
        event.preventDefault();
        if (cents !== null && !set.isPending) set.mutate({ project, most_cents: cents }, { onSuccess: close });
      }}
    >
      <Field label={t('cost.newLimit')} hint={t('cost.newLimitHint')}>
        <Input value={text} inputMode="decimal" autoFocus onChange={(event) => setText(event.target.value)} />
      </Field>
      <div className="row">
        <Button
          type="submit"
          kind="primary"
          small
          busy={set.isPending && t('cost.setting')}
          reason={cents === null ? t('cost.noAmount') : undefined}
        >
          {t('cost.set')}
        </Button>
        <Button small onClick={close}>
          {t('act.cancel')}
        </Button>
      </div>
      <Refused errors={[set.error]} />
    </form>
  );
}

const figure = (label: string, value: number) => ({ label, value: count(value) });

/** Why this model and not another, and what it came to against what was set aside. */
function Receipt({ row }: { row: CallRow }) {
  const { call } = row;
  return (
    <Section title={t('cost.receipt')}>
      <KeyValues
        facts={[
          { label: t('cost.chosen'), value: <span className="mono break">{row.model}</span> },
          { label: t('cost.from'), value: <span className="break">{oneLine(call.endpoint)}</span> },
          { label: t('run.why'), value: oneLine(call.why) },
          { label: t('projects.status'), value: row.statusWords },
        ]}
      />
      {call.rejected.length > 0 && (
        <>
          <h4>{t('cost.rejected')}</h4>
          {call.rejected.map((one) => (
            <div key={`${one.model} ${one.why}`} className="col col-0">
              <span className="mono break">{oneLine(one.model)}</span>
              <span className="meta">{oneLine(one.why)}</span>
            </div>
          ))}
        </>
      )}
      <KeyValues
        figures
        facts={[
          { label: t('cost.reserved'), value: money(row.reserved) },
          { label: t('cost.actual'), value: row.charged === null ? t('cost.noneYet') : money(row.charged) },
          figure(t('cost.input'), call.input),
          figure(t('cost.cached'), call.cached),
          figure(t('cost.cacheWrite'), call.cache_write),
          figure(t('cost.output'), call.output),
        ]}
      />
    </Section>
  );
}
