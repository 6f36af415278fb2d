import { type ReactNode, useState } from 'react';
import { Button } from '#ui/components/button/Button.tsx';
import { classes } from '#ui/components/classes.ts';
import { Diff } from '#ui/components/diff/Diff.tsx';
import { Select } from '#ui/components/field/Field.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import type { ComparedDto, ComparedFileDto, LineDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useOperation } from '#ui/ipc/operations.ts';
import { diffOf } from '#ui/places/inbox/exactly.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { useClock } from '#ui/words/clock.tsx';
import { clockTime, count, dayName, fromHost, shortPath } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { changeOf, outcomeOf, stepsThatDiffer } from './fromCompare.ts';
import { type CheckpointEvent, lineName } from './fromHistory.ts';
import { Parting } from './Parting.tsx';

interface Pair {
  from: string;
  to: string;
}

/** Two checkpoints side by side: what came of each, and where state and files differ. */
export function Comparison({
  project,
  points,
  lines,
  pair,
  onPair,
}: {
  project: ProjectDto;
  points: readonly CheckpointEvent[];
  lines: readonly LineDto[];
  pair: Pair;
  onPair: (pair: Pair) => void;
}) {
  const compared = useOperation('project.compare', { project: project.id, ...pair }, { keep: true });
  return (
    <>
      <div className="bar-2 cmp-bar">
        <Pick
          side="from"
          points={points}
          lines={lines}
          chosen={pair.from}
          onChoose={(from) => onPair({ ...pair, from })}
        />
        <Button
          small
          kind="quiet"
          icon="refresh"
          aria-label={t('compare.swap')}
          title={t('compare.swap')}
          onClick={() => onPair({ from: pair.to, to: pair.from })}
        />
        <Pick side="to" points={points} lines={lines} chosen={pair.to} onChoose={(to) => onPair({ ...pair, to })} />
      </div>
      <Answered query={compared}>
        {(data) => (
          <div className="body">
            <section className="pane grow" aria-label={t('compare.title')}>
              <div className="pad col col-16">
                <Outcome compared={data} points={points} />
                <Steps project={project} compared={data} />
                <State compared={data} />
                <Files project={project} compared={data} pair={pair} />
              </div>
            </section>
            <Parting compared={data} points={points} />
          </div>
        )}
      </Answered>
    </>
  );
}

const LETTER = { from: 'A', to: 'B' } as const;

function Letter({ side }: { side: 'from' | 'to' }) {
  return <span className={classes('ab', side === 'to' && 'b')}>{LETTER[side]}</span>;
}

function Pick({
  side,
  points,
  lines,
  chosen,
  onChoose,
}: {
  side: 'from' | 'to';
  points: readonly CheckpointEvent[];
  lines: readonly LineDto[];
  chosen: string;
  onChoose: (hash: string) => void;
}) {
  const clock = useClock();
  return (
    <div className="cmp-pick">
      <Letter side={side} />
      <Select
        aria-label={t('compare.pick', { side: LETTER[side] })}
        value={chosen}
        onChange={(event) => onChoose(event.target.value)}
      >
        {points.map(({ point, row }) => (
          <option key={point.hash} value={point.hash}>
            {`${dayName(clock, fromHost(point.at))} ${clockTime(clock, fromHost(point.at))}  ${row.title}${lines.length > 1 ? `  (${lineName(lines, point.line)})` : ''}`}
          </option>
        ))}
      </Select>
    </div>
  );
}

function titleOf(points: readonly CheckpointEvent[], hash: string): string {
  return points.find((one) => one.point.hash === hash)?.row.title ?? hash.slice(0, 8);
}

function Head({ name, from, to }: { name: string; from: ReactNode; to: ReactNode }) {
  return (
    <>
      <div className="head">{name}</div>
      <div className="head">
        <Letter side="from" />
        <span className="cut">{from}</span>
      </div>
      <div className="head">
        <Letter side="to" />
        <span className="cut">{to}</span>
      </div>
    </>
  );
}

function Outcome({ compared, points }: { compared: ComparedDto; points: readonly CheckpointEvent[] }) {
  return (
    <section className="card cmp-card" aria-label={t('compare.outcome')}>
      <div className="cmp">
        <Head
          name={t('compare.since')}
          from={titleOf(points, compared.from.hash)}
          to={titleOf(points, compared.to.hash)}
        />
        {outcomeOf(compared).flatMap((row) => [
          <div key={row.id}>{row.name}</div>,
          <Figure key={`${row.id} A`} text={row.from} note={row.fromNote} better={row.better === 'from'} />,
          <Figure key={`${row.id} B`} text={row.to} note={row.toNote} better={row.better === 'to'} />,
        ])}
      </div>
    </section>
  );
}

function Figure({ text, note, better }: { text: string; note: string | undefined; better: boolean }) {
  return (
    <div>
      <span className={classes(better && 'better')}>{text}</span>
      {note !== undefined && <span className="meta">{note}</span>}
    </div>
  );
}

function Steps({ project, compared }: { project: ProjectDto; compared: ComparedDto }) {
  const steps = stepsThatDiffer(project, compared);
  if (steps.length === 0) return null;
  return (
    <Part title={t('history.steps')} meta={t('compare.differ', { count: steps.length, of: count(steps.length) })}>
      <div className="cmp">
        {steps.flatMap((step) => [
          <div key={step.id}>{step.name}</div>,
          <div key={`${step.id} A`}>
            <StatusIcon status={step.from.status} />
            {step.from.words}
          </div>,
          <div key={`${step.id} B`}>
            <StatusIcon status={step.to.status} />
            {step.to.words}
          </div>,
        ])}
      </div>
    </Part>
  );
}

function Part({ title, meta, children }: { title: string; meta: string; children?: ReactNode }) {
  return (
    <section className="card cmp-card" aria-label={title}>
      <div className="card-head">
        <h3>{title}</h3>
        <span className="meta">{meta}</span>
      </div>
      {children}
    </section>
  );
}

function State({ compared }: { compared: ComparedDto }) {
  const meta = t('compare.valuesDiffer', { some: count(compared.changed), all: count(compared.values) });
  const more = compared.changed - compared.state.length;
  return (
    <Part title={t('history.state')} meta={meta}>
      {compared.state.length > 0 && (
        <div className="cmp cmp-state">
          {compared.state.map(changeOf).flatMap(({ path, before, after }) => [
            <div key={path} className="break">
              {path}
            </div>,
            <div key={`${path} A`}>{before === undefined ? <Missing /> : <del>{before}</del>}</div>,
            <div key={`${path} B`}>{after === undefined ? <Missing /> : <ins>{after}</ins>}</div>,
          ])}
        </div>
      )}
      {more > 0 && <p className="meta card-body">{t('run.more', { count: more })}</p>}
    </Part>
  );
}

function Missing() {
  return <span className="meta">{t('compare.missing')}</span>;
}

function Files({ project, compared, pair }: { project: ProjectDto; compared: ComparedDto; pair: Pair }) {
  const [picked, setPicked] = useState(0);
  const { files } = compared;
  const at = Math.min(picked, files.length - 1);
  const file = files[at];
  if (!file) return <Part title={t('project.tab.files')} meta={t('compare.noFiles')} />;
  return (
    <section className="col col-8" aria-label={t('project.tab.files')}>
      <div className="row">
        <h3>{t('project.tab.files')}</h3>
        <Select aria-label={t('compare.file')} value={at} onChange={(event) => setPicked(Number(event.target.value))}>
          {files.map((one, index) => (
            <option key={`${one.folder}/${one.path}`} value={index}>
              {`${markOf(one)}  ${shortPath(one.path, 60)}`}
            </option>
          ))}
        </Select>
        <span className="meta nowrap">
          {t('compare.filesDiffer', { count: files.length, of: count(files.length) })}
        </span>
      </div>
      <FileCompared
        key={`${file.folder}/${file.path} ${pair.from} ${pair.to}`}
        project={project}
        pair={pair}
        file={file}
      />
    </section>
  );
}

/** Against A: what B has anew, has otherwise, or does not have. */
function markOf(file: ComparedFileDto): string {
  if (file.from === null) return 'A';
  return file.to === null ? 'D' : 'M';
}

function FileCompared({ project, pair, file }: { project: ProjectDto; pair: Pair; file: ComparedFileDto }) {
  const diff = useOperation('project.compare_file', {
    project: project.id,
    ...pair,
    folder: file.folder,
    path: file.path,
  });
  return <Answered query={diff}>{(data) => <Diff diff={diffOf(data)} />}</Answered>;
}
