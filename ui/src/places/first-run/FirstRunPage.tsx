import { Waiting } from '#ui/frame/Waiting.tsx';

export default function FirstRunPage() {
  return <Waiting place="home" />;
}
