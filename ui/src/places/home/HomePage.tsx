import { useState } from 'react';
import { useStopEverything } from '#ui/frame/useStopEverything.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused, Unread } from '#ui/places/shared/Answered.tsx';
import { GivenFiles } from '#ui/places/shared/GivenFiles.tsx';
import { peopleOf } from '#ui/places/shared/members.ts';
import { homeOf } from './fromRequests.ts';
import { HomeView } from './HomeView.tsx';
import { PlanInline } from './PlanInline.tsx';
import { useAttach } from './useAttach.ts';

/** How many requests are drawn at first, and more each time that earlier ones are asked for: a screen or two. All of a
 *  long conversation would be read and drawn again at each event. */
const SHOWN = 10;

export default function HomePage() {
  const [shown, setShown] = useState(SHOWN);
  // The next ones too, so that it can be said how many there are.
  const requests = useOperation('request.list', { limit: shown + SHOWN }, { keep: true });
  const projects = useOperation('project.list', {});
  const inbox = useOperation('inbox.list', {});
  const members = useOperation('member.list', {});
  const people = peopleOf(members.data);
  const file = useCommand('request.file');
  const correct = useCommand('request.correct');
  const plan = useCommand('plan.make');
  const stop = useStopEverything();
  const attach = useAttach();
  const [naming, setNaming] = useState(false);
  const recent = useOperation('folder.recent', {}, { enabled: naming });
  return (
    <Answered query={requests}>
      {(data) => (
        <HomeView
          model={homeOf({ requests: data, shown, projects: projects.data, inbox: inbox.data, people })}
          acts={{
            attach,
            send: (text, { folder, uploads }) =>
              file.mutateAsync({ text, folder, uploads: [...uploads] }).then(
                () => true,
                () => false,
              ),
            correctReading: (request, intent) => correct.mutate({ request, intent }),
            planIt: (request) => plan.mutate({ request }),
            showEarlier: () => setShown(shown + SHOWN),
            stopEverything: stop.stop,
          }}
          slots={{
            planning: plan.isPending ? plan.variables.request : null,
            recent: recent.data?.map((one) => one.path) ?? [],
            onNamingFolder: setNaming,
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
