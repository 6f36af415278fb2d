import { Waiting } from '#ui/frame/Waiting.tsx';

export default function SystemPage() {
  return <Waiting place="system" />;
}
