import { useOperation } from '#ui/ipc/operations.ts';
import { Answered } from '#ui/places/shared/Answered.tsx';
import { projectsOf } from './fromProject.ts';
import { ProjectsView } from './ProjectsView.tsx';

export default function ProjectsPage() {
  const projects = useOperation('project.list', {});
  return <Answered query={projects}>{(data) => <ProjectsView model={projectsOf(data)} />}</Answered>;
}
