import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { AgentsRead } from './AgentsRead.tsx';
import { ChartView } from './ChartView.tsx';
import { DelegateDialog } from './DelegateDialog.tsx';
import { memberOf, organisationOf } from './fromMembers.ts';

export default function OrganisationPage() {
  const navigate = useNavigate();
  const { member: chosen = null } = useParams({ strict: false });
  const members = useOperation('member.list', {});
  const known = useOperation('member.get', { name: chosen ?? '' }, { enabled: chosen !== null });
  const inbox = useOperation('inbox.list', {});
  const projects = useOperation('project.list', {});
  const read = useCommand('agent.read');
  const [delegating, setDelegating] = useState<string | null>(null);
  const people = peopleOf(members.data);
  return (
    <Answered query={members}>
      {(data) => {
        const found = data.find((member) => member.name === chosen);
        return (
          <>
            <Unread queries={[known, inbox, projects]} />
            <ChartView
              model={organisationOf(data, people)}
              chosen={chosen}
              detail={found ? memberOf(found, people, known.data, inbox.data, projects.data) : null}
              notice={
                read.data ? (
                  <AgentsRead result={read.data} onClose={() => read.reset()} />
                ) : (
                  <Refused errors={[read.error]} />
                )
              }
              acts={{
                choose: (member) => void navigate({ to: '/organisation/member/$member', params: { member } }),
                delegate: setDelegating,
                readFiles: () => read.mutate({}),
                reading: read.isPending,
              }}
            />
            {delegating !== null && <DelegateDialog member={delegating} onClose={() => setDelegating(null)} />}
          </>
        );
      }}
    </Answered>
  );
}
