import type { ReactNode } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { classes } from '#ui/components/classes.ts';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import type { IconName } from '#ui/components/icon/icons.ts';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { FileBackDto, ProjectDto, RollbackDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { count, shortPath } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';

/** What going back to a checkpoint changes and what it does not, and the one button that does exactly that. */
export function RollBackDialog({
  project,
  checkpoint,
  title,
  onClose,
}: {
  project: ProjectDto;
  checkpoint: string;
  title: string;
  onClose: () => void;
}) {
  const plan = useOperation('project.rollback_plan', { project: project.id, checkpoint }, { fresh: true });
  const back = useCommand('project.roll_back');
  const agree = () => {
    if (!plan.data) return;
    const input = { project: project.id, checkpoint, hash: plan.data.hash };
    back.mutate(input, {
      onSuccess: ({ files, left }) => {
        toasts.show({
          status: left.length > 0 ? 'wait' : 'done',
          text:
            left.length > 0
              ? t('rollback.doneLeft', { paths: left.map(({ path }) => oneLine(path)).join(', ') })
              : t('rollback.done', { count: files, of: count(files) }),
        });
        onClose();
      },
      // What was shown no longer holds: it is shown as it is now, to be agreed to anew.
      onError: () => void plan.refetch(),
    });
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('rollback.title', { title })}
      foot={
        <>
          <Button onClick={onClose}>{t('act.cancel')}</Button>
          <Button
            kind="danger"
            icon="rewind"
            disabled={!plan.data}
            busy={back.isPending && t('rollback.busy')}
            onClick={agree}
          >
            {t('rollback.agree')}
          </Button>
        </>
      }
    >
      <Refused errors={[back.error]} />
      <Answered query={plan}>{(data) => <Planned plan={data} project={project} />}</Answered>
    </Dialog>
  );
}

function Planned({ plan, project }: { plan: RollbackDto; project: ProjectDto }) {
  const titles = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  const put = plan.files.filter((file) => file.left === null);
  const left = plan.files.filter((file) => file.left !== null);
  return (
    <div className="col col-16">
      <Part
        icon="file"
        title={t('rollback.files', { count: put.length, of: count(put.length) })}
        rows={put.map(fileRow)}
      />
      {left.length > 0 && (
        <Part
          icon="warn"
          title={t('rollback.left', { count: left.length, of: count(left.length) })}
          rows={left.map(leftRow)}
        />
      )}
      <Part
        icon="list"
        title={t('rollback.steps', { count: plan.steps.length, of: count(plan.steps.length) })}
        rows={plan.steps.map((step) => {
          const [from, to] = [stepStanding(step.from), stepStanding(step.to)];
          return {
            id: step.step,
            text: titles.get(step.step) ?? step.step,
            end: (
              <span className="row row-4 meta">
                <StatusIcon status={from.status} />
                {from.words}
                <Icon name="arrow-r" size={12} />
                <StatusIcon status={to.status} />
                {to.words}
              </span>
            ),
          };
        })}
      />
      {plan.stops.length > 0 && (
        <p className="row">
          <Icon name="stop" />
          {t('rollback.stops', { count: plan.stops.length, of: count(plan.stops.length) })}
        </p>
      )}
      {plan.stays.length > 0 && (
        <Part
          icon="out"
          title={t('rollback.stays', { count: plan.stays.length, of: count(plan.stays.length) })}
          rows={plan.stays.map(({ id, title }) => ({ id, text: oneLine(title) }))}
        />
      )}
      <p className="row">
        <Icon name="money" />
        {plan.spent.calls === 0 ? t('rollback.nothingSpent') : t('rollback.spent', { amount: plan.spent.charged_usd })}
      </p>
      <p className="row">
        <Icon name="fork" />
        {t('rollback.line')}
      </p>
      <p className="meta row row-4">
        {t('rollback.bound')} <Seal hex={plan.hash} digits={16} />
      </p>
    </div>
  );
}

interface Row {
  id: string;
  text: string;
  mono?: boolean;
  mark?: string;
  end?: ReactNode;
}

function fileRow(file: FileBackDto): Row {
  const mark = file.was === null ? 'D' : file.now === null ? 'A' : 'M';
  const how = file.was === null ? t('rollback.removed') : t('rollback.restored');
  return {
    id: `${file.folder}/${file.path}`,
    text: shortPath(file.path, 48),
    mono: true,
    mark,
    end: <span className="meta">{how}</span>,
  };
}

const LEFT = ['changed', 'undone', 'unreadable'] as const;

function leftRow(file: FileBackDto): Row {
  const why = LEFT.find((one) => one === file.left);
  return {
    id: `${file.folder}/${file.path}`,
    text: shortPath(file.path, 48),
    mono: true,
    end: <span className="meta">{why ? t(`rollback.why.${why}`) : file.left}</span>,
  };
}

function Part({ icon, title, rows }: { icon: IconName; title: string; rows: readonly Row[] }) {
  return (
    <section className="col col-4" aria-label={title}>
      <p className="row">
        <Icon name={icon} />
        <strong className="strong">{title}</strong>
      </p>
      {rows.length > 0 && (
        <div className="card change-card">
          {rows.map((row) => (
            <div key={row.id} className="then-row" title={row.text}>
              {row.mark && <span className="meta mono file-mark">{row.mark}</span>}
              <span className={classes('cut grow', row.mono && 'mono')}>{row.text}</span>
              {row.end}
            </div>
          ))}
        </div>
      )}
    </section>
  );
}
