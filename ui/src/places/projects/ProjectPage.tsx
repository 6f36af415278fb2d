import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { ProjectDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import type { ProjectTab } from '#ui/paths.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { t } from '#ui/words/words.ts';
import { FilesView } from './FilesView.tsx';
import { filesOf, headOf, LIVE_TABS } from './fromProject.ts';
import { HistoryTab } from './HistoryTab.tsx';
import { PlanTab } from './PlanTab.tsx';
import { RunTab } from './RunTab.tsx';

export default function ProjectPage() {
  const { project: id = '', tab = 'run' } = useParams({ strict: false });
  const project = useOperation('project.get', { project: id });
  const shown = LIVE_TABS.find((one) => one === tab) ?? 'run';
  return <Answered query={project}>{(data) => <Project key={id} project={data} tab={shown} />}</Answered>;
}

function Project({ project, tab }: { project: ProjectDto; tab: ProjectTab }) {
  const people = peopleOf(useOperation('member.list', {}).data);
  const inbox = useOperation('inbox.list', {});
  const effects = useOperation('effect.list', { project: project.id });
  const files = effects.data && filesOf(effects.data);
  const head = headOf(project, inbox.data ?? [], files?.files.length, tab);
  switch (tab) {
    case 'plan':
      return <PlanTab head={head} project={project} people={people} />;
    case 'files':
      return <Files head={head} project={project} />;
    case 'history':
      return (
        <Answered query={effects}>{(data) => <HistoryTab head={head} project={project} effects={data} />}</Answered>
      );
    default:
      return <Run head={head} project={project} />;
  }
}

interface Part {
  head: ReturnType<typeof headOf>;
  project: ProjectDto;
}

function Run({ head, project }: Part) {
  const navigate = useNavigate();
  const people = peopleOf(useOperation('member.list', {}).data);
  const version = project.approved_version ?? project.plan_version;
  const plan = useOperation('plan.get', { project: project.id, version });
  const hold = useCommand('project.hold');
  const abort = useCommand('project.abort');
  const [held, setHeld] = useState(false);
  return (
    <RunTab
      head={head}
      project={project}
      plan={plan.data}
      people={people}
      refused={<Refused errors={[hold.error, abort.error]} />}
      acts={{
        held,
        hold: (next) => hold.mutate({ project: project.id, held: next }, { onSuccess: () => setHeld(next) }),
        abort: () => abort.mutate({ project: project.id }, { onSuccess: () => void navigate({ to: '/projects' }) }),
      }}
    />
  );
}

function Files({ head, project }: Part) {
  const effects = useOperation('effect.list', { project: project.id });
  const undo = useCommand('effect.undo');
  const undoAll = useCommand('effect.undo_all');
  return (
    <Answered query={effects}>
      {(data) => (
        <FilesView
          head={head}
          model={filesOf(data)}
          refused={<Refused errors={[undo.error, undoAll.error]} />}
          acts={{
            undoing: undo.isPending ? undo.variables.effect : null,
            undo: (effect) => undo.mutate({ effect }),
            undoAll: () =>
              undoAll.mutate(
                { project: project.id },
                {
                  onSuccess: ({ undone }) =>
                    toasts.show({ status: 'done', text: t('files.undone', { count: undone }) }),
                },
              ),
          }}
        />
      )}
    </Answered>
  );
}
