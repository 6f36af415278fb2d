import { toasts } from '#ui/components/toast/toasts.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';
import { ModelsPart } from './ModelsPart.tsx';
import { SystemOverview } from './SystemOverview.tsx';

export default function SystemPage() {
  const status = useOperation('system.status', {});
  const rules = useOperation('rule.list', {});
  const projects = useOperation('project.list', {});
  const stop = useCommand('system.stop_everything');
  const end = useCommand('rule.end');
  const titles = new Map(projects.data?.map((project) => [project.id, project.title]));
  return (
    <Answered query={status}>
      {(data) => (
        <SystemOverview
          status={data}
          rules={rules.data ?? []}
          projects={titles}
          models={<ModelsPart projects={titles} />}
          refused={<Refused errors={[rules.error, stop.error, end.error]} />}
          acts={{
            ending: end.isPending ? end.variables.rule : null,
            endRule: (rule) => end.mutate({ rule }),
            stopEverything: () =>
              stop.mutate(
                {},
                {
                  onSuccess: (done) =>
                    toasts.show({ status: 'paused', text: t('system.stopped', { count: done.projects }) }),
                },
              ),
          }}
        />
      )}
    </Answered>
  );
}
