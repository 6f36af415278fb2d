import { Waiting } from '#ui/frame/Waiting.tsx';

export default function InboxPage() {
  return <Waiting place="inbox" />;
}
