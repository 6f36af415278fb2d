import { type ReactNode, useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Card, CardHead } from '#ui/components/card/Card.tsx';
import { Dialog } from '#ui/components/dialog/Dialog.tsx';
import { KeyValues } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import type { DecisionDto, RuleDto, StatusDto } from '#ui/ipc/bindings.ts';
import { Verification } from '#ui/places/shared/Verification.tsx';
import { count } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { Decisions } from './Decisions.tsx';
import { containmentOf } from './fromStatus.ts';
import { Rules } from './Rules.tsx';
import { SystemTabs } from './SystemTabs.tsx';

/** How the application stands: where its data is, how commands are confined, whether the record holds, what is allowed for good. */
export function SystemOverview({
  status,
  rules,
  decisions,
  projects,
  acts,
  programs,
  refused,
  models,
}: {
  status: StatusDto;
  rules: readonly RuleDto[];
  decisions: readonly DecisionDto[];
  projects: ReadonlyMap<string, string>;
  acts: { stopEverything: () => void; endRule: (rule: string) => void; ending: string | null };
  programs?: ReactNode;
  refused?: ReactNode;
  models?: ReactNode;
}) {
  const [asked, setAsked] = useState(false);
  return (
    <>
      <SystemTabs
        tab="overview"
        meta={t('system.versionIs', { version: status.version })}
        acts={
          <ActButton action="pauseAll" small kind="danger" icon="stop" onAct={() => setAsked(true)}>
            {t('action.pauseAll')}
          </ActButton>
        }
      >
        <div className="pad col col-16 system-cards">
          {refused}
          <div className="grid-2 stack-md">
            <Workspace status={status} />
            <Containment level={status.containment} />
          </div>
          {models}
          <Verification />
          {programs}
          <Decisions decisions={decisions} projects={projects} />
          <Rules rules={rules} projects={projects} acts={acts} />
        </div>
      </SystemTabs>
      <Dialog
        open={asked}
        onClose={() => setAsked(false)}
        title={t('system.stopTitle')}
        foot={
          <>
            <Button onClick={() => setAsked(false)}>{t('act.cancel')}</Button>
            <Button
              kind="danger"
              onClick={() => {
                setAsked(false);
                acts.stopEverything();
              }}
            >
              {t('action.pauseAll')}
            </Button>
          </>
        }
      >
        {t('system.stopWhat')}
      </Dialog>
    </>
  );
}

function Workspace({ status }: { status: StatusDto }) {
  return (
    <Card label={t('system.workspace')}>
      <CardHead lead={<Icon name="folder" />} title={t('system.workspace')} />
      <KeyValues
        className="card-body"
        facts={[
          { label: t('firstRun.folder'), value: <span className="mono break">{status.workspace}</span> },
          { label: t('system.id'), value: <span className="mono break">{status.workspace_id}</span> },
          { label: t('system.entries'), value: count(status.entries) },
          { label: t('home.running'), value: t('frame.running', { count: status.running }) },
          { label: t('inbox.needsYou'), value: count(status.waiting) },
        ]}
      />
    </Card>
  );
}

function Containment({ level }: { level: string }) {
  const { status, words, meaning } = containmentOf(level);
  return (
    <Card label={t('system.containment')}>
      <CardHead lead={<Icon name="shield" />} title={t('system.containment')}>
        <Badge status={status}>{words}</Badge>
      </CardHead>
      <p className="card-body prose-s">{meaning}</p>
    </Card>
  );
}
