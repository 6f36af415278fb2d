import { Waiting } from '#ui/frame/Waiting.tsx';

export default function OrganisationPage() {
  return <Waiting place="organisation" />;
}
