import { Waiting } from '#ui/frame/Waiting.tsx';

export default function WorkflowsPage() {
  return <Waiting place="workflows" />;
}
