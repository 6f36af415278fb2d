import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { type Column, Table } from '#ui/components/table/Table.tsx';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { ProgramDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';

export function AgentProgramsPart() {
  const programs = useOperation('agent.programs', {});
  const add = useCommand('agent.add_program');
  return (
    <AgentPrograms
      programs={programs.data ?? []}
      adding={add.isPending ? add.variables.program : null}
      refused={<Refused errors={[programs.error, add.error]} />}
      onAdd={(program) =>
        add.mutate(
          { program },
          { onSuccess: ({ member }) => toasts.show({ status: 'done', text: t('programs.added', { member }) }) },
        )
      }
    />
  );
}

/** Coding agents of other makers on this machine: what is installed becomes a member when a person says so. */
export function AgentPrograms({
  programs,
  adding,
  refused,
  onAdd,
}: {
  programs: readonly ProgramDto[];
  adding: string | null;
  refused?: React.ReactNode;
  onAdd: (program: string) => void;
}) {
  const columns: readonly Column<ProgramDto>[] = [
    { id: 'title', head: t('programs.program'), width: '20%', cell: (it) => it.title },
    {
      id: 'path',
      head: t('programs.where'),
      mono: true,
      cell: (it) => (it.path === null ? t('programs.missing') : <span className="break">{it.path}</span>),
    },
    {
      id: 'signIn',
      head: t('programs.signIn'),
      width: '24%',
      sec: true,
      wide: true,
      mono: true,
      cell: (it) => it.sign_in,
    },
    {
      id: 'member',
      head: t('programs.member'),
      width: '112px',
      num: true,
      cell: (it) => {
        if (it.member !== null) return it.member;
        if (it.path === null) return null;
        return (
          <Button
            small
            busy={adding === it.id && t('programs.adding')}
            aria-label={t('programs.addName', { name: it.title })}
            onClick={() => onAdd(it.id)}
          >
            {t('programs.add')}
          </Button>
        );
      },
    },
  ];
  return (
    <Card label={t('programs.title')}>
      <CardHead lead={<Icon name="agent" />} title={t('programs.title')} />
      {refused}
      <p className="card-body prose-s">{t('programs.what')}</p>
      <Table label={t('programs.title')} columns={columns} rows={programs} id={(it) => it.id} fixed />
    </Card>
  );
}
