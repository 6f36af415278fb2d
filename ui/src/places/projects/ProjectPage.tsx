import { Waiting } from '#ui/frame/Waiting.tsx';

export default function ProjectPage() {
  return <Waiting place="projects" />;
}
