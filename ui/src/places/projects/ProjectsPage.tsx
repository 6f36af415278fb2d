import { Waiting } from '#ui/frame/Waiting.tsx';

export default function ProjectsPage() {
  return <Waiting place="projects" />;
}
