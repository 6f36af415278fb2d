import { useStopEverything } from '#ui/frame/useStopEverything.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { GivenFiles } from '#ui/places/shared/GivenFiles.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { homeOf } from './fromRequests.ts';
import { HomeView } from './HomeView.tsx';
import { PlanInline } from './PlanInline.tsx';
import { useAttach } from './useAttach.ts';

export default function HomePage() {
  const requests = useOperation('request.list', {});
  const projects = useOperation('project.list', {});
  const inbox = useOperation('inbox.list', {});
  const members = useOperation('member.list', {});
  const people = peopleOf(members.data);
  const file = useCommand('request.file');
  const correct = useCommand('request.correct');
  const plan = useCommand('plan.make');
  const stop = useStopEverything();
  const attach = useAttach();
  const recent = useOperation('folder.recent', {});
  return (
    <Answered query={requests}>
      {(data) => (
        <HomeView
          model={homeOf({ requests: data, projects: projects.data, inbox: inbox.data, people })}
          acts={{
            attach,
            send: (text, { folder, uploads }) =>
              file.mutateAsync({ text, folder, uploads: [...uploads] }).then(
                () => true,
                () => false,
              ),
            correctReading: (request, intent) => correct.mutate({ request, intent }),
            planIt: (request) => plan.mutate({ request }),
            stopEverything: stop.stop,
          }}
          slots={{
            planning: plan.isPending ? plan.variables.request : null,
            recent: recent.data?.map((one) => one.path) ?? [],
            given: (request, files) => <GivenFiles request={request} files={files} />,
            unread: <Unread queries={[members, recent]} />,
            dueUnread: <Unread queries={[inbox]} />,
            runningUnread: <Unread queries={[projects]} />,
            refused: <Refused errors={[file.error, correct.error, plan.error, stop.error]} />,
            plan: (project, version, last) => (
              <PlanInline project={project.id} version={version} people={people} keys={last} />
            ),
          }}
        />
      )}
    </Answered>
  );
}
