import { type ReactNode, useState } from 'react';
import { StateChange } from '#ui/components/change/StateChange.tsx';
import { classes } from '#ui/components/classes.ts';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Segment } from '#ui/components/segment/Segment.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import type { FileThenDto, ProjectDto, StateLeafDto, ThenDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { paths } from '#ui/paths.ts';
import { diffOf } from '#ui/places/inbox/exactly.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { count, fromHost, shortPath } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { oneLine, visible } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { changeOf, treeOf } from './fromCompare.ts';

function Part({ title, meta, end, children }: { title: string; meta?: string; end?: ReactNode; children?: ReactNode }) {
  return (
    <section className="card change-card" aria-label={title}>
      <div className="card-head">
        <strong className="strong">{title}</strong>
        {meta !== undefined && <span className="meta">{meta}</span>}
        {end && <span className="push">{end}</span>}
      </div>
      {children}
    </section>
  );
}

const VIEWS = ['changes', 'whole'] as const;

/** Where each step stood, and the values of the state: those that changed here, or all. */
export function StateThen({ then, project }: { then: ThenDto; project: ProjectDto }) {
  const [view, setView] = useState<(typeof VIEWS)[number]>('changes');
  const titles = new Map(project.steps.map((step) => [step.id, oneLine(step.title)]));
  return (
    <div className="col col-12">
      <Part title={t('history.steps')}>
        {then.steps.map((step) => {
          const { status, words } = stepStanding(step.status);
          return (
            <div key={step.step} className="then-row">
              <StatusIcon status={status} />
              <span className="cut grow">{titles.get(step.step) ?? step.step}</span>
              <span className="meta">{words}</span>
            </div>
          );
        })}
      </Part>
      <Part
        title={t('history.state')}
        meta={t('history.values', {
          some: count(view === 'changes' ? then.changed : then.values),
          all: count(then.values),
        })}
        end={
          <Segment
            label={t('history.against')}
            choices={VIEWS.map((id) => ({ id, name: t(`history.view.${id}`) }))}
            chosen={view}
            onChoose={setView}
          />
        }
      >
        {view === 'changes'
          ? then.changes.map((change) => <StateChange key={change.path.join('\0')} change={changeOf(change)} />)
          : channelsOf(then.state).map(([channel, leaves]) => <Channel key={channel} name={channel} leaves={leaves} />)}
        <More
          shown={view === 'changes' ? then.changes.length : then.state.length}
          all={view === 'changes' ? then.changed : then.values}
        />
      </Part>
    </div>
  );
}

function More({ shown, all }: { shown: number; all: number }) {
  if (all === 0) return <p className="meta card-body">{t('history.nothingChanged')}</p>;
  return all > shown ? <p className="meta card-body">{t('run.more', { count: all - shown })}</p> : null;
}

function channelsOf(state: readonly StateLeafDto[]): [string, StateLeafDto[]][] {
  const channels = new Map<string, StateLeafDto[]>();
  for (const leaf of state) {
    const channel = leaf.path[0] ?? '';
    const leaves = channels.get(channel);
    if (leaves) leaves.push(leaf);
    else channels.set(channel, [leaf]);
  }
  return [...channels];
}

/** A channel of the state; its values stand below it by their keys. */
function Channel({ name, leaves }: { name: string; leaves: readonly StateLeafDto[] }) {
  return (
    <details className="state-tree" open={leaves.length <= 40}>
      <summary>
        <span className="mono">{oneLine(name)}</span>
        <span className="meta">{t('history.valuesIn', { count: leaves.length, of: count(leaves.length) })}</span>
      </summary>
      {treeOf(leaves).map((line) => (
        <div key={line.id} className="state-line" style={{ paddingLeft: 26 + 16 * line.depth }}>
          {line.name !== '' && <span className="state-name">{line.name}</span>}
          {line.value !== undefined && <span>{line.value}</span>}
        </div>
      ))}
    </details>
  );
}

const MARKS: Readonly<Record<string, string>> = { new: 'A', changed: 'M', deleted: 'D' };

/** The files that the project had changed by then, each with what its last change came to. */
export function FilesThen({ then }: { then: ThenDto }) {
  const [open, setOpen] = useState<string | null>(null);
  if (then.files.length === 0) return <p className="meta">{t('history.noFiles')}</p>;
  return (
    <div className="col col-12">
      <Part title={t('project.tab.files')} meta={t('history.filesMeta')}>
        {then.files.map((file) => (
          <File key={file.effect} file={file} open={file.effect === open} onOpen={setOpen} />
        ))}
      </Part>
      {open !== null && <ShownEffect key={open} effect={open} />}
    </div>
  );
}

function File({ file, open, onOpen }: { file: FileThenDto; open: boolean; onOpen: (effect: string | null) => void }) {
  const mark = MARKS[file.change] ?? '';
  return (
    <button
      type="button"
      className="then-row"
      aria-expanded={open}
      title={`${file.folder}/${file.path}`}
      onClick={() => onOpen(open ? null : file.effect)}
    >
      <span className={classes('meta mono file-mark', mark === 'A' && 't-done', mark === 'D' && 't-fail')}>{mark}</span>
      <span className="mono cut grow">{shortPath(file.path, 40)}</span>
      <Time at={fromHost(file.at)} as="clock" />
    </button>
  );
}

function ShownEffect({ effect }: { effect: string }) {
  const diff = useOperation('effect.diff', { effect });
  return <Answered query={diff}>{(data) => data.map((one) => <Diff key={one.path} diff={diffOf(one)} />)}</Answered>;
}

/** More of a message stands in the conversation itself. */
const SAID = 400;

/** What had been said by then, the newest of it. */
export function SaidThen({ then, project }: { then: ThenDto; project: ProjectDto }) {
  if (then.said === 0) return <p className="meta">{t('history.nothingSaid')}</p>;
  return (
    <div className="col col-12">
      <Part
        title={t('project.tab.conversation')}
        meta={t('history.saidOf', { some: count(then.messages.length), all: count(then.said) })}
        end={<a href={paths.project(project.id, 'conversation')}>{t('history.wholeConversation')}</a>}
      >
        {then.messages.map((message) => {
          const text = visible(message.text).trim();
          return (
            <div key={`${message.run} ${message.place}`} className="change said">
              <span className="k">
                {message.name}
                <br />
                <Time at={fromHost(message.at)} as="clock" />
              </span>
              <span className="said-text">{text.length > SAID ? `${text.slice(0, SAID)}…` : text}</span>
            </div>
          );
        })}
      </Part>
    </div>
  );
}

/** What had been spent by then, and on what. */
export function SpendThenPart({ then }: { then: ThenDto }) {
  const { spent, cost } = then.checkpoint;
  return (
    <div className="col col-12">
      <KeyValues
        figures
        facts={[
          { label: t('history.spentThen'), value: spent.charged_usd },
          { label: t('history.heldThen'), value: spent.held_usd },
          { label: t('history.costHere'), value: cost.charged_usd },
          { label: t('cost.tokens'), value: count(spent.tokens) },
          { label: t('cost.callsOfModels'), value: count(spent.calls) },
        ]}
      />
      {spent.models.length > 0 && (
        <Part title={t('cost.model')}>
          {spent.models.map((model) => (
            <div key={model.model} className="then-row">
              <span className="cut grow">{oneLine(model.model)}</span>
              <span className="meta num">{t('history.tokens', { count: model.tokens, of: count(model.tokens) })}</span>
              <span className="num">{model.charged_usd}</span>
            </div>
          ))}
        </Part>
      )}
    </div>
  );
}
