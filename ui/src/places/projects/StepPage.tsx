import { Badge } from '#ui/components/badge/Badge.tsx';
import { type Fact, Facts, KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import type { PlanStepDto, ProjectDto, StepDto } from '#ui/ipc/bindings.ts';
import { departmentName, memberRef, type People } from '#ui/places/shared/members.ts';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { count, duration, fromHost, unwrapped } from '#ui/words/format.ts';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import { tookOf } from './fromProject.ts';

/** One step as it stands: who, when, what it came to, what it made, when it counts as done. */
export function StepPage({
  step,
  number,
  planned,
  project,
  people,
}: {
  step: StepDto;
  number: number;
  planned: PlanStepDto | undefined;
  project: ProjectDto;
  people: People;
}) {
  const { status, words } = stepStanding(step.status);
  return (
    <div className="pad col col-16 step-page">
      <div className="col col-4">
        <span className="meta">{t('plan.step', { number })}</span>
        <h2>{step.title}</h2>
        <div className="row row-4">
          <Badge status={status}>{words}</Badge>
        </div>
      </div>
      <Facts facts={factsOf(step, people)} />
      {step.summary && (
        <section className="col col-4">
          <h3>{t('run.result')}</h3>
          <p className="prose-s plan-step-text">{step.summary}</p>
        </section>
      )}
      {step.artifacts.length > 0 && (
        <section className="col col-4">
          <h3>{t('run.artifacts')}</h3>
          {step.artifacts.map((artifact) => (
            <div key={artifact.path} className="row artifact">
              <Icon name="file" />
              <span className="mono cut grow" title={artifact.path}>
                {relative(artifact.path, project.folder)}
              </span>
              <Seal hex={artifact.sha256} bare />
            </div>
          ))}
        </section>
      )}
      {planned && planned.evidence.length > 0 && (
        <section className="col col-4">
          <h3>{t('step.doneWhen')}</h3>
          {planned.evidence.map((evidence) => (
            <div key={`${evidence.kind} ${evidence.value}`} className="row row-top">
              <StatusIcon status={step.status === 'completed' ? 'done' : 'queued'} />
              <span>{evidence.note || evidence.value}</span>
            </div>
          ))}
        </section>
      )}
      {planned?.instructions && (
        <section className="col col-4">
          <h3>{t('ask.instructions')}</h3>
          <p className="prose-s plan-step-text">{unwrapped(planned.instructions)}</p>
        </section>
      )}
      <section className="col col-4">
        <h3>{t('projects.project')}</h3>
        <KeyValues
          wide
          facts={[
            { label: t('project.writes'), value: <span className="mono break">{project.folder}</span> },
            ...(project.source === null
              ? []
              : [{ label: t('project.looksAt'), value: <span className="mono break">{project.source}</span> }]),
            { label: t('projects.department'), value: departmentName(project.department) },
          ]}
        />
      </section>
    </div>
  );
}

function factsOf(step: StepDto, people: People): Fact[] {
  const took = tookOf(step);
  return [
    {
      label: t('step.assignee'),
      value: step.assignee ? <MemberChip member={memberRef(people, step.assignee)} /> : t('plan.yours'),
    },
    { label: t('run.runs'), value: count(step.runs) },
    {
      label: t('run.began'),
      value: step.started_at === null ? t('run.notBegun') : <Time at={fromHost(step.started_at)} className="" />,
    },
    ...(took === null ? [] : [{ label: t('run.took'), value: duration(took) }]),
  ];
}

/** Below the project's folder a path is told from there. */
function relative(path: string, folder: string): string {
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
}
