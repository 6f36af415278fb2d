import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import type { RuleDto } from '#ui/ipc/bindings.ts';
import { useClock } from '#ui/words/clock.tsx';
import { fromHost } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { ruleStanding } from './fromStatus.ts';

/** What is allowed without being asked, since when, until when. Ending one allows less, so nothing is confirmed. */
export function Rules({
  rules,
  projects,
  acts,
}: {
  rules: readonly RuleDto[];
  projects: ReadonlyMap<string, string>;
  acts: { endRule: (rule: string) => void; ending: string | null };
}) {
  const { now } = useClock();
  const columns: readonly Column<RuleDto>[] = [
    {
      id: 'allows',
      head: t('rules.allows'),
      mono: true,
      cell: (rule) => <span className="break">{rule.allows}</span>,
    },
    {
      id: 'project',
      head: t('projects.project'),
      width: '20%',
      cut: true,
      wide: true,
      cell: (rule) => projects.get(rule.project) ?? rule.project,
    },
    {
      id: 'until',
      head: t('rules.until'),
      width: '104px',
      sec: true,
      wide: true,
      cell: (rule) => <Time at={fromHost(rule.expires_at)} className="" />,
    },
    { id: 'state', head: t('projects.status'), width: '84px', sec: true, cell: (rule) => ruleStanding(rule, now) },
    {
      id: 'end',
      head: '',
      label: t('rules.end'),
      width: '72px',
      num: true,
      cell: (rule) =>
        rule.holds && (
          <Button
            small
            busy={acts.ending === rule.id && t('rules.ending')}
            aria-label={t('rules.endName', { name: rule.allows })}
            onClick={() => acts.endRule(rule.id)}
          >
            {t('rules.end')}
          </Button>
        ),
    },
  ];
  return (
    <Card label={t('rules.title')}>
      <CardHead lead={<Icon name="check" />} title={t('rules.title')} />
      {rules.length === 0 ? (
        <p className="card-body meta">{t('rules.none')}</p>
      ) : (
        <Table label={t('rules.title')} columns={columns} rows={rules} id={(rule) => rule.id} fixed />
      )}
    </Card>
  );
}
