import { Waiting } from '#ui/frame/Waiting.tsx';

export default function HomePage() {
  return <Waiting place="home" />;
}
