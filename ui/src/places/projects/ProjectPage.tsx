import { useNavigate, useParams } from '@tanstack/react-router';
import type { ProjectDto } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import type { ProjectTab } from '#ui/paths.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { type People, peopleOf } from '#ui/places/shared/members.ts';
import { ConversationTab } from './ConversationTab.tsx';
import { CostTab } from './CostTab.tsx';
import { FilesTab } from './FilesTab.tsx';
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
  const members = useOperation('member.list', {});
  const people = peopleOf(members.data);
  const inbox = useOperation('inbox.list', {});
  const effects = useOperation('effect.list', { project: project.id });
  const files = effects.data && filesOf(effects.data, project, people).files.length;
  const head = headOf(project, inbox.data ?? [], files, tab);
  return (
    <>
      <Unread queries={[inbox, members]} />
      <Tab head={head} project={project} people={people} effects={effects} tab={tab} />
    </>
  );
}

function Tab({
  head,
  project,
  people,
  effects,
  tab,
}: Part & { people: People; effects: ReturnType<typeof useOperation<'effect.list'>>; tab: ProjectTab }) {
  switch (tab) {
    case 'plan':
      return <PlanTab head={head} project={project} people={people} />;
    case 'files':
      return (
        <Answered query={effects}>
          {(data) => <FilesTab head={head} project={project} effects={data} people={people} />}
        </Answered>
      );
    case 'conversation':
      return <ConversationTab head={head} project={project} people={people} />;
    case 'cost':
      return <CostTab head={head} project={project} people={people} />;
    case 'history':
      return <HistoryTab head={head} project={project} />;
    default:
      return <Run head={head} project={project} people={people} />;
  }
}

interface Part {
  head: ReturnType<typeof headOf>;
  project: ProjectDto;
}

function Run({ head, project, people }: Part & { people: People }) {
  const navigate = useNavigate();
  const version = project.approved_version ?? project.plan_version;
  const plan = useOperation('plan.get', { project: project.id, version });
  const hold = useCommand('project.hold');
  const abort = useCommand('project.abort');
  return (
    <RunTab
      head={head}
      project={project}
      plan={plan.data}
      people={people}
      refused={
        <>
          <Unread queries={[plan]} />
          <Refused errors={[hold.error, abort.error]} />
        </>
      }
      acts={{
        hold: (held) => hold.mutate({ project: project.id, held }),
        abort: () => abort.mutate({ project: project.id }, { onSuccess: () => void navigate({ to: '/projects' }) }),
      }}
    />
  );
}
