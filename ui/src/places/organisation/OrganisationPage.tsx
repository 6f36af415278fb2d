import { useNavigate, useParams } from '@tanstack/react-router';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { AgentsRead } from './AgentsRead.tsx';
import { ChartView } from './ChartView.tsx';
import { memberOf, organisationOf } from './fromMembers.ts';

export default function OrganisationPage() {
  const navigate = useNavigate();
  const { member: chosen = null } = useParams({ strict: false });
  const members = useOperation('member.list', {});
  const read = useCommand('agent.read');
  const people = peopleOf(members.data);
  return (
    <Answered query={members}>
      {(data) => {
        const found = data.find((member) => member.name === chosen);
        return (
          <ChartView
            model={organisationOf(data, people)}
            chosen={chosen}
            detail={found ? memberOf(found, people) : null}
            notice={
              read.data ? (
                <AgentsRead result={read.data} onClose={() => read.reset()} />
              ) : (
                <Refused errors={[read.error]} />
              )
            }
            acts={{
              choose: (member) => void navigate({ to: '/organisation/member/$member', params: { member } }),
              readFiles: () => read.mutate({}),
              reading: read.isPending,
            }}
          />
        );
      }}
    </Answered>
  );
}
