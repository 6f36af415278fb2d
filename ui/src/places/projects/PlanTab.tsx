import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { PlanDto, ProjectDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { removalOf } from '#ui/places/shared/edits.ts';
import { GivenFiles } from '#ui/places/shared/GivenFiles.tsx';
import type { People } from '#ui/places/shared/members.ts';
import { isOver } from '#ui/places/shared/standing.ts';
import { WordsForm } from '#ui/places/shared/WordsForm.tsx';
import type { WorkplaceChoice } from '#ui/places/shared/workplace.ts';
import { t } from '#ui/words/words.ts';
import { comparedOf, planOf } from './fromProject.ts';
import type { ProjectHead } from './model.ts';
import { PlanView } from './PlanView.tsx';

/** A version of the project's plan; the newest one unless another was chosen. */
export function PlanTab({ head, project, people }: { head: ProjectHead; project: ProjectDto; people: People }) {
  const [picked, setPicked] = useState<number | null>(null);
  const version = picked ?? project.plan_version;
  const plan = useOperation('plan.get', { project: project.id, version });
  return (
    <Answered query={plan}>
      {(data) => (
        <Version
          key={`${data.project} ${data.version}`}
          head={head}
          project={project}
          plan={data}
          people={people}
          onVersion={setPicked}
        />
      )}
    </Answered>
  );
}

function Version({
  head,
  project,
  plan,
  people,
  onVersion,
}: {
  head: ProjectHead;
  project: ProjectDto;
  plan: PlanDto;
  people: People;
  onVersion: (version: number | null) => void;
}) {
  const navigate = useNavigate();
  const { compared, asked } = useCompared(plan);
  const request = useOperation('request.get', { request: project.request });
  const files = request.data?.attachments ?? [];
  const approve = useCommand('plan.approve');
  const refine = useCommand('plan.refine');
  const [asking, setAsking] = useState(false);
  const newest = plan.version === project.plan_version;
  const mayChange = newest && !isOver(project.status);
  const mayApprove = newest && project.approved_version !== plan.version && !isOver(project.status);
  // Awaited, not a callback of the hook: the new version takes this one's place before the answer comes.
  const change = (
    feedback: string | null,
    edits: ReturnType<typeof removalOf>[],
    workplace: WorkplaceChoice | null = null,
  ) =>
    void refine.mutateAsync({ project: project.id, version: plan.version, feedback, edits, workplace }).then(
      () => {
        setAsking(false);
        onVersion(null);
      },
      () => undefined,
    );
  const begin = (version: number, hash: string) =>
    void approve.mutateAsync({ project: project.id, version, hash }).then(
      () => navigate({ to: '/projects/$project/$tab', params: { project: project.id, tab: 'run' } }),
      () => undefined,
    );
  return (
    <>
      <PlanView
        head={head}
        model={{ ...planOf(plan, project, people), ...(compared && { compared }) }}
        busy={approve.isPending && t('plan.approving')}
        given={
          files.length > 0 && (
            <section className="pad plan-given col col-4" aria-label={t('attach.given')}>
              <h3>{t('attach.given')}</h3>
              <GivenFiles request={project.request} files={files} />
            </section>
          )
        }
        acts={{
          chooseVersion: onVersion,
          ...(mayChange && { askForChanges: () => setAsking(true) }),
          ...(mayChange && plan.steps.length > 1 && { removeStep: (step: string) => change(null, [removalOf(step)]) }),
          ...(mayApprove && { chooseWorkplace: (mode: WorkplaceChoice) => change(null, [], mode) }),
          ...(mayApprove && { approve: begin }),
        }}
      >
        {asking && (
          <div className="decision-form">
            <WordsForm
              label={t('plan.changeWhat')}
              hint={t('plan.changeHint', { version: plan.version + 1 })}
              sendWords={t('plan.makeVersion', { version: plan.version + 1 })}
              busy={refine.isPending && t('plan.making')}
              onSend={(words) => change(words, [])}
              onCancel={() => setAsking(false)}
            />
          </div>
        )}
      </PlanView>
      <Unread queries={[...asked, request]} />
      <Refused errors={[approve.error, refine.error]} />
    </>
  );
}

/** The difference to the version before, as soon as both are there. */
function useCompared(plan: PlanDto) {
  const enabled = plan.version > 1;
  const { project } = plan;
  const from = plan.version - 1;
  const before = useOperation('plan.get', { project, version: from }, { enabled });
  const difference = useOperation('plan.compare', { project, from, to: plan.version }, { enabled });
  const compared = before.data && difference.data ? comparedOf(before.data, plan, difference.data) : undefined;
  return { compared, asked: [before, difference] };
}
