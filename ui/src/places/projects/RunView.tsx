import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { GroupHead } from '#ui/components/card/Card.tsx';
import { Composer } from '#ui/components/composer/Composer.tsx';
import { Lanes } from '#ui/components/lanes/Lanes.tsx';
import { MemberChip } from '#ui/components/member/Member.tsx';
import { Progress } from '#ui/components/progress/Progress.tsx';
import { Tree, type TreeNode } from '#ui/components/tree/Tree.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { paths } from '#ui/paths.ts';
import { countOf } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import type { ProjectHead, RunActs, RunModel, RunStepRow } from './model.ts';
import { ProjectBar } from './ProjectBar.tsx';
import { RunSide } from './RunSide.tsx';
import { RunTurnView } from './RunTurnView.tsx';

/** A project at work: its steps, who works on what, the conversation of the chosen step, what it costs and proves. */
export function RunView({
  head,
  model,
  chosen,
  acts,
}: {
  head: ProjectHead;
  model: RunModel;
  chosen: string;
  acts: RunActs;
}) {
  return (
    <>
      <ProjectBar head={head} tab="run">
        <Badge status={head.status}>{head.statusWords}</Badge>
        <ActButton action="pauseProject" small icon="pause" onAct={acts.pause}>
          {t('project.pause')}
        </ActButton>
        <Button kind="danger" small icon="stop" onClick={acts.cancel}>
          {t('project.cancel')}
        </Button>
      </ProjectBar>
      <div className="body">
        <RunSteps model={model} chosen={chosen} onChoose={acts.chooseStep} />
        <section className="pane grow" aria-label={t('run.work')}>
          <div className="run-lanes">
            <Lanes
              label={t('run.lanes')}
              head={t('run.atOnce', { now: model.atOnce.now, limit: model.atOnce.limit })}
              span={model.span}
              lanes={model.lanes}
            />
          </div>
          <div className="pane grow">
            <div className="pad col col-16 run-talk">
              <div className="row">
                <Badge status={model.run.status}>
                  {t('run.ofStep', { run: model.run.number, step: model.run.step })}
                </Badge>
                <span className="meta">{model.run.line}</span>
              </div>
              {model.turns.map((turn) => (
                <RunTurnView key={turn.id} turn={turn} />
              ))}
            </div>
          </div>
          <div className="run-composer">
            <Composer
              label={t('run.guidance')}
              placeholder={t('run.guide', { name: model.guide.name })}
              sendWords={t('act.send')}
              onSend={acts.guide}
            />
          </div>
        </section>
        <RunSide model={model} />
      </div>
    </>
  );
}

function RunSteps({ model, chosen, onChoose }: { model: RunModel; chosen: string; onChoose: (id: string) => void }) {
  return (
    <section className="pane pane-list run-list" aria-label={t('run.steps')}>
      <GroupHead first end={t('run.done', { amount: countOf(model.done, model.steps.length) })}>
        {t('run.steps')}
      </GroupHead>
      <Tree label={t('run.steps')} nodes={model.steps.map(stepNode)} chosen={chosen} onChoose={onChoose} />
      {model.subprojects.length > 0 && (
        <>
          <GroupHead>{t('run.subprojects')}</GroupHead>
          <Tree
            label={t('run.subprojects')}
            nodes={model.subprojects.map((sub) => ({
              id: sub.id,
              status: sub.status,
              text: sub.name,
              lead: '',
              meta: sub.meta,
            }))}
            chosen={null}
            onChoose={(id) => {
              location.hash = paths.project(id);
            }}
          />
        </>
      )}
      <GroupHead>{t('run.people')}</GroupHead>
      <div className="col run-people">
        {model.people.map(({ member, line }) => (
          <div key={member.id} className="row">
            <MemberChip member={member} />
            <span className="push meta cut">{line}</span>
          </div>
        ))}
      </div>
    </section>
  );
}

function stepNode(step: RunStepRow): TreeNode {
  return {
    id: step.id,
    status: step.status,
    text: step.name,
    lead: step.number,
    meta: step.meta,
    ...(step.share !== undefined && {
      extra: <Progress label={step.name} share={step.share} tone={step.status === 'build' ? 'build' : 'run'} />,
    }),
  };
}
