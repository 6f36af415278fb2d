import { Waiting } from '#ui/frame/Waiting.tsx';

export default function InsightPage() {
  return <Waiting place="insight" />;
}
