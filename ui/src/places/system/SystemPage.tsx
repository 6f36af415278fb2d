import { useParams } from '@tanstack/react-router';
import { useStopEverything } from '#ui/frame/useStopEverything.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { AgentProgramsPart } from './AgentPrograms.tsx';
import { BackupsPart } from './BackupsPart.tsx';
import { DevicesPart } from './DevicesPart.tsx';
import { LogsPart } from './LogsPart.tsx';
import { ModelsPart } from './ModelsPart.tsx';
import { SettingsPart } from './SettingsPart.tsx';
import { SystemOverview } from './SystemOverview.tsx';
import { SystemTabs } from './SystemTabs.tsx';
import { systemTab } from './tabs.ts';

export default function SystemPage() {
  const { tab: name } = useParams({ strict: false });
  const tab = systemTab(name);
  if (tab === 'overview') return <OverviewPart />;
  return (
    <SystemTabs tab={tab}>
      <div className="pad col col-16 system-cards">
        {tab === 'devices' && <DevicesPart />}
        {tab === 'backups' && <BackupsPart />}
        {tab === 'logs' && <LogsPart />}
        {tab === 'settings' && <SettingsPart />}
      </div>
    </SystemTabs>
  );
}

function OverviewPart() {
  const status = useOperation('system.status', {});
  const rules = useOperation('rule.list', {});
  const decisions = useOperation('decision.list', { project: null });
  const projects = useOperation('project.list', {});
  const stop = useStopEverything();
  const end = useCommand('rule.end');
  const titles = new Map(projects.data?.map((project) => [project.id, project.title]));
  return (
    <Answered query={status}>
      {(data) => (
        <SystemOverview
          status={data}
          rules={rules.data ?? []}
          decisions={decisions.data ?? []}
          projects={titles}
          models={<ModelsPart projects={titles} />}
          programs={<AgentProgramsPart />}
          refused={<Refused errors={[rules.error, decisions.error, stop.error, end.error]} />}
          acts={{
            ending: end.isPending ? end.variables.rule : null,
            endRule: (rule) => end.mutate({ rule }),
            stopEverything: stop.stop,
          }}
        />
      )}
    </Answered>
  );
}
