import { type ReactNode, useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { GroupHead } from '#ui/components/card/Card.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { Tree } from '#ui/components/tree/Tree.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { PlanDto, ProjectDto } from '#ui/ipc/bindings.ts';
import type { People } from '#ui/places/shared/members.ts';
import { stepStanding } from '#ui/places/shared/standing.ts';
import { countOf, duration } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { canHold, tookOf } from './fromProject.ts';
import type { ProjectHead } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';
import { StepPage } from './StepPage.tsx';

export interface RunTabActs {
  hold: (held: boolean) => void;
  abort: () => void;
}

/** A project at work: its steps as they stand now, and the chosen one with what it did. */
export function RunTab({
  head,
  project,
  plan,
  people,
  acts,
  refused,
}: {
  head: ProjectHead;
  project: ProjectDto;
  plan: PlanDto | undefined;
  people: People;
  acts: RunTabActs;
  refused?: ReactNode;
}) {
  const [picked, setPicked] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  const { steps } = project;
  const live = steps.find((step) => !['completed', 'skipped', 'pending'].includes(step.status));
  const chosen = steps.find((step) => step.id === picked) ?? live ?? steps.at(-1);
  const done = steps.filter((step) => step.status === 'completed' || step.status === 'skipped').length;
  return (
    <>
      <ProjectBar head={head} tab="run">
        <Badge status={head.status}>{head.statusWords}</Badge>
        {canHold(project) && (
          <>
            <ActButton
              action="pauseProject"
              small
              icon={project.held ? 'play' : 'pause'}
              onAct={() => acts.hold(!project.held)}
            >
              {project.held ? t('project.resume') : t('project.pause')}
            </ActButton>
            <Button kind="danger" small icon="stop" onClick={() => setEnding(true)}>
              {t('project.end')}
            </Button>
          </>
        )}
      </ProjectBar>
      <div className="body">
        <section className="pane pane-list run-list" aria-label={t('run.steps')}>
          <GroupHead first end={t('run.done', { amount: countOf(done, steps.length) })}>
            {t('run.steps')}
          </GroupHead>
          <div className="run-progress">
            <Progress
              label={project.title}
              share={steps.length > 0 ? done / steps.length : 0}
              tone={head.status === 'done' ? 'done' : 'run'}
            />
          </div>
          <Tree
            label={t('run.steps')}
            nodes={steps.map((step, index) => {
              const took = tookOf(step);
              const { status, words } = stepStanding(step.status);
              return {
                id: step.id,
                status,
                text: step.title,
                lead: index + 1,
                meta: took === null ? words : duration(took),
              };
            })}
            chosen={chosen?.id ?? null}
            onChoose={setPicked}
          />
        </section>
        <section className="pane grow" aria-label={t('run.work')}>
          {refused}
          {chosen && (
            <StepPage
              key={chosen.id}
              step={chosen}
              number={steps.indexOf(chosen) + 1}
              planned={plan?.steps.find((step) => step.id === chosen.id)}
              project={project}
              people={people}
            />
          )}
        </section>
      </div>
      <Dialog
        open={ending}
        onClose={() => setEnding(false)}
        title={t('project.endTitle', { name: project.title })}
        foot={
          <>
            <Button onClick={() => setEnding(false)}>{t('act.cancel')}</Button>
            <Button
              kind="danger"
              onClick={() => {
                setEnding(false);
                acts.abort();
              }}
            >
              {t('project.endNow')}
            </Button>
          </>
        }
      >
        {t('project.endWhat')}
      </Dialog>
    </>
  );
}
