import { type ReactNode, useState } from 'react';
import { Diff } from '#ui/components/diff/Diff.tsx';
import type { BackupsDto, DiscoveryDto, EndpointsDto, LogLineDto } from '#ui/ipc/bindings.ts';
import type { Place, ProjectTab } from '#ui/paths.ts';
import { HomeView } from '#ui/places/home/HomeView.tsx';
import { InboxView } from '#ui/places/inbox/InboxView.tsx';
import { ChartView } from '#ui/places/organisation/ChartView.tsx';
import { WorkforceView } from '#ui/places/organisation/WorkforceView.tsx';
import { ConversationTab } from '#ui/places/projects/ConversationTab.tsx';
import { CostTab } from '#ui/places/projects/CostTab.tsx';
import { FilesView } from '#ui/places/projects/FilesView.tsx';
import { headOf } from '#ui/places/projects/fromProject.ts';
import { HistoryTab } from '#ui/places/projects/HistoryTab.tsx';
import { PlanView } from '#ui/places/projects/PlanView.tsx';
import { ProjectsView } from '#ui/places/projects/ProjectsView.tsx';
import { RunTab } from '#ui/places/projects/RunTab.tsx';
import { Backups } from '#ui/places/system/Backups.tsx';
import { Devices } from '#ui/places/system/Devices.tsx';
import { EnableDialog } from '#ui/places/system/EnableDialog.tsx';
import { Logs } from '#ui/places/system/Logs.tsx';
import { Models } from '#ui/places/system/Models.tsx';
import { ServiceDialog } from '#ui/places/system/ServiceDialog.tsx';
import { Settings } from '#ui/places/system/Settings.tsx';
import { SystemTabs } from '#ui/places/system/SystemTabs.tsx';
import { SystemView } from '#ui/places/system/SystemView.tsx';
import type { SystemTab } from '#ui/places/system/tabs.ts';
import { type Answers, CannedHost } from './CannedHost.tsx';
import { ComparisonSample, RollBackSample } from './ComparisonSample.tsx';
import { QUIET_ANSWERS, WINTER_ANSWERS, WINTER_EFFECTS } from './fixtures/answers.ts';
import { BACKUPS, DECIDED_BACKUP, NO_BACKUPS, RESTORED_BACKUP, STUCK_BACKUP } from './fixtures/backups.ts';
import { EMPTY_HOME, HOME, HOME_ACTS } from './fixtures/home.ts';
import { INBOX, INBOX_ACTS, INBOX_DETAILS } from './fixtures/inbox.ts';
import { DEVICE, logLines, SETTINGS } from './fixtures/machine.ts';
import { KINDS, MODELS, NO_KEYCHAIN, NO_MODELS, OLLAMA, OPENAI_FOUND } from './fixtures/models.ts';
import { COPY_EDITOR, LARGE, ORGANISATION, ORGANISATION_ACTS, WORKFORCE } from './fixtures/organisation.ts';
import { FILES, PLAN, PLAN_ACTS, PROJECTS, SPRING_HEAD, WINTER_HEAD } from './fixtures/project.ts';
import { COPY_DIFF } from './fixtures/samples.ts';
import { SYSTEM, SYSTEM_ACTS } from './fixtures/system.ts';
import { WINTER, WINTER_PLAN } from './fixtures/winter.ts';

export interface PageSample {
  place: Place | null;
  draw: () => ReactNode;
}

function InboxSample({ first }: { first: string | null }) {
  const [chosen, setChosen] = useState(first);
  return (
    <InboxView
      model={INBOX}
      chosen={chosen}
      detail={chosen === null ? null : (INBOX_DETAILS[chosen] ?? null)}
      acts={{ ...INBOX_ACTS, choose: setChosen }}
    />
  );
}

const NOBODY = new Map();
const head = (tab: ProjectTab) => headOf(WINTER, [], WINTER_EFFECTS.length, tab);

/** A tab that asks its host for what it shows. */
function TabSample({ tab, answers = WINTER_ANSWERS }: { tab: 'conversation' | 'cost' | 'history'; answers?: Answers }) {
  const of = { head: head(tab), project: WINTER, people: NOBODY };
  return (
    <CannedHost answers={answers}>
      {tab === 'conversation' && <ConversationTab {...of} />}
      {tab === 'cost' && <CostTab {...of} />}
      {tab === 'history' && <HistoryTab {...of} />}
    </CannedHost>
  );
}

const nothing = () => {};

function SystemSample({ tab, children }: { tab: SystemTab; children: ReactNode }) {
  return (
    <SystemTabs tab={tab}>
      <div className="pad col col-16 system-cards">{children}</div>
    </SystemTabs>
  );
}

function BackupsSample({ model }: { model: BackupsDto }) {
  return (
    <SystemSample tab="backups">
      <Backups model={model} acts={{ backUp: nothing, restore: nothing, takeBack: nothing, busy: null }} />
    </SystemSample>
  );
}

function LogsSample({ lines }: { lines: readonly LogLineDto[] }) {
  return (
    <SystemSample tab="logs">
      <Logs
        folder="/home/maya/.local/state/cadre/logs"
        lines={lines}
        filter={{ level: 'info', text: '', follow: false }}
        more={lines.length > 0}
        busy={false}
        acts={{ level: nothing, text: nothing, follow: nothing, older: nothing, copy: nothing }}
      />
    </SystemSample>
  );
}

function ChartSample({ large }: { large?: boolean }) {
  const [chosen, setChosen] = useState<string | null>('copy.editor');
  const { building: _, ...rest } = ORGANISATION;
  return (
    <ChartView
      model={
        large
          ? { ...rest, members: LARGE, counts: { people: 1, agents: LARGE.length - 1, departments: 16 } }
          : ORGANISATION
      }
      chosen={chosen}
      detail={chosen === 'copy.editor' ? COPY_EDITOR : null}
      acts={{ ...ORGANISATION_ACTS, choose: setChosen }}
    />
  );
}

function WorkforceSample() {
  const [chosen, setChosen] = useState<string | null>('copy.editor');
  return (
    <WorkforceView
      model={ORGANISATION}
      rows={WORKFORCE}
      chosen={chosen}
      detail={chosen === 'copy.editor' ? COPY_EDITOR : null}
      acts={{ ...ORGANISATION_ACTS, choose: setChosen }}
    />
  );
}

const PROJECT_TITLES = new Map([['p1', 'Winter sale 2026']]);
const MODELS_ACTS = {
  lookAgain: nothing,
  add: nothing,
  offer: nothing,
  takeFromEnvironment: nothing,
  disable: nothing,
  revoke: nothing,
};

function ModelsSample({
  models,
  found,
  children,
}: {
  models: EndpointsDto;
  found: DiscoveryDto | null;
  children?: ReactNode;
}) {
  return (
    <div className="pad col col-16">
      <Models models={models} found={found} projects={PROJECT_TITLES} busy={null} acts={MODELS_ACTS} />
      {children}
    </div>
  );
}

/** The pages with invented data. */
export const PAGES: Record<string, PageSample> = {
  home: { place: 'home', draw: () => <HomeView model={HOME} acts={HOME_ACTS} /> },
  'home-empty': { place: 'home', draw: () => <HomeView model={EMPTY_HOME} acts={HOME_ACTS} /> },
  inbox: { place: 'inbox', draw: () => <InboxSample first="a1" /> },
  'inbox-question': { place: 'inbox', draw: () => <InboxSample first="a2" /> },
  'inbox-unknown': { place: 'inbox', draw: () => <InboxSample first="a3" /> },
  'inbox-list': { place: 'inbox', draw: () => <InboxSample first={null} /> },
  organisation: { place: 'organisation', draw: () => <ChartSample /> },
  'organisation-large': { place: 'organisation', draw: () => <ChartSample large /> },
  workforce: { place: 'organisation', draw: () => <WorkforceSample /> },
  projects: { place: 'projects', draw: () => <ProjectsView model={PROJECTS} onImport={nothing} /> },
  'projects-board': {
    place: 'projects',
    draw: () => <ProjectsView model={PROJECTS} onImport={nothing} first="board" />,
  },
  'projects-timeline': {
    place: 'projects',
    draw: () => <ProjectsView model={PROJECTS} onImport={nothing} first="timeline" />,
  },
  'projects-empty': {
    place: 'projects',
    draw: () => <ProjectsView model={{ ...PROJECTS, rows: [] }} onImport={nothing} />,
  },
  'project-plan': { place: 'projects', draw: () => <PlanView head={SPRING_HEAD} model={PLAN} acts={PLAN_ACTS} /> },
  'project-run': {
    place: 'projects',
    draw: () => (
      <RunTab
        head={head('run')}
        project={WINTER}
        plan={WINTER_PLAN}
        people={NOBODY}
        acts={{ hold: nothing, abort: nothing }}
      />
    ),
  },
  'project-history': { place: 'projects', draw: () => <TabSample tab="history" /> },
  'project-history-empty': { place: 'projects', draw: () => <TabSample tab="history" answers={QUIET_ANSWERS} /> },
  'project-rollback': { place: 'projects', draw: () => <RollBackSample /> },
  'project-compare': { place: 'projects', draw: () => <ComparisonSample /> },
  'project-conversation': { place: 'projects', draw: () => <TabSample tab="conversation" /> },
  'project-conversation-empty': {
    place: 'projects',
    draw: () => <TabSample tab="conversation" answers={QUIET_ANSWERS} />,
  },
  'project-files': {
    place: 'projects',
    draw: () => (
      <FilesView
        head={WINTER_HEAD}
        model={FILES}
        chosen={FILES.files[0]?.path ?? null}
        onChoose={() => {}}
        shown={<Diff diff={COPY_DIFF} />}
      />
    ),
  },
  'project-cost': { place: 'projects', draw: () => <TabSample tab="cost" /> },
  'project-cost-empty': { place: 'projects', draw: () => <TabSample tab="cost" answers={QUIET_ANSWERS} /> },
  system: { place: 'system', draw: () => <SystemView model={SYSTEM} acts={SYSTEM_ACTS} /> },
  models: {
    place: 'system',
    draw: () => (
      <ModelsSample
        models={MODELS}
        found={{ services: [OLLAMA], environment: [{ kind: OPENAI_FOUND.kind, variable: 'OPENAI_API_KEY' }] }}
      />
    ),
  },
  'models-empty': { place: 'system', draw: () => <ModelsSample models={NO_MODELS} found={null} /> },
  'models-no-keychain': {
    place: 'system',
    draw: () => <ModelsSample models={NO_KEYCHAIN} found={{ services: [], environment: [] }} />,
  },
  'models-enable': {
    place: 'system',
    draw: () => (
      <ModelsSample models={MODELS} found={null}>
        <EnableDialog
          service={OPENAI_FOUND}
          projects={PROJECT_TITLES}
          busy={false}
          onClose={nothing}
          onEnable={nothing}
        />
      </ModelsSample>
    ),
  },
  'models-key': {
    place: 'system',
    draw: () => (
      <ModelsSample models={NO_MODELS} found={null}>
        <ServiceDialog
          kinds={KINDS}
          first="anthropic"
          fromEnvironment={null}
          keptIn="in the keychain"
          busy={false}
          onClose={nothing}
          onAsk={nothing}
        />
      </ModelsSample>
    ),
  },
  backups: { place: 'system', draw: () => <BackupsSample model={BACKUPS} /> },
  'backups-empty': { place: 'system', draw: () => <BackupsSample model={NO_BACKUPS} /> },
  'backups-decided': { place: 'system', draw: () => <BackupsSample model={DECIDED_BACKUP} /> },
  'backups-restored': { place: 'system', draw: () => <BackupsSample model={RESTORED_BACKUP} /> },
  'backups-stuck': { place: 'system', draw: () => <BackupsSample model={STUCK_BACKUP} /> },
  devices: {
    place: 'system',
    draw: () => (
      <SystemSample tab="devices">
        <Devices device={DEVICE} acts={{ lookAgain: nothing, signOut: nothing, busy: null }} />
      </SystemSample>
    ),
  },
  logs: { place: 'system', draw: () => <LogsSample lines={logLines(40)} /> },
  'logs-empty': { place: 'system', draw: () => <LogsSample lines={[]} /> },
  settings: {
    place: 'system',
    draw: () => (
      <SystemSample tab="settings">
        <Settings model={SETTINGS} dayLimit={1000} acts={{ set: nothing, setDayLimit: nothing }} />
      </SystemSample>
    ),
  },
};
