import { useState } from 'react';
import { Bound } from '#ui/components/approval/Approval.tsx';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Code } from '#ui/components/code/Code.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { Seal } from '#ui/components/seal/Seal.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { WordsForm } from '#ui/places/shared/WordsForm.tsx';
import { Time } from '#ui/words/Time.tsx';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import { BoundPartView } from './BoundPartView.tsx';
import type { InboxActs, PersonDecision, PersonDetail } from './model.ts';
import { OriginLine } from './OriginLine.tsx';

/** Something only a person can do or say: what is asked, why, and each decision that fits. */
export function PersonView({ detail, acts }: { detail: PersonDetail; acts: InboxActs }) {
  const [asked, setAsked] = useState<PersonDecision | null>(null);
  const [seen, setSeen] = useState<ReadonlySet<number>>(new Set());
  const missing = (detail.parts?.length ?? 0) - seen.size;
  const unseen = missing > 0 ? t('approval.unseen', { count: missing }) : undefined;
  const decide = (decision: PersonDecision) =>
    decision.words === 'none' ? acts.decide(detail.id, decision.id, null) : setAsked(decision);
  return (
    <>
      <div className="pane grow">
        <div className="pad col col-16 detail">
          <div className="col col-4">
            {detail.origin && <OriginLine origin={detail.origin} />}
            <h1>{detail.title}</h1>
            <div className="row row-wrap row-4">
              <Badge status={detail.status}>{detail.what}</Badge>
              <Time at={detail.at} />
            </div>
          </div>
          {detail.facts.length > 0 && <Facts facts={detail.facts} />}
          {detail.why && (
            <div className="col">
              <h3>{t('approval.why')}</h3>
              <p className="prose-s">{detail.why}</p>
            </div>
          )}
          {detail.widens && (
            <div className="col">
              <h3>{t('ask.widens')}</h3>
              <ul className="plain-list">
                {detail.widens.map((way) => (
                  <li key={way} className="row">
                    <StatusIcon status="wait" />
                    {way}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {detail.parts && (
            <Bound title={t('approval.title')} hex={detail.hash ?? ''}>
              {detail.parts.map((part, index) => (
                <BoundPartView
                  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of an approval never change place
                  key={index}
                  part={part}
                  onSeen={() => setSeen((before) => new Set(before).add(index))}
                />
              ))}
            </Bound>
          )}
          {detail.summary && (
            <div className="col">
              <h3>{t('run.result')}</h3>
              <p className="prose-s plan-step-text">{detail.summary}</p>
            </div>
          )}
          {detail.artifacts && <Artifacts artifacts={detail.artifacts} />}
          {detail.instructions && (
            <div className="col">
              <h3>{t('ask.instructions')}</h3>
              <Code>{detail.instructions}</Code>
            </div>
          )}
          <div className="col">
            <h3>{t('approval.next')}</h3>
            <p className="prose-s">{detail.next}</p>
          </div>
        </div>
      </div>
      {asked ? (
        <div className="decision-form">
          <WordsForm
            key={asked.id}
            label={asked.asks ?? asked.name}
            optional={asked.words === 'optional'}
            kind={asked.kind === 'danger' ? 'danger' : 'primary'}
            sendWords={asked.name}
            onSend={(words) => acts.decide(detail.id, asked.id, words === '' ? null : words)}
            onCancel={() => setAsked(null)}
          />
        </div>
      ) : (
        <Dock label={t('approval.decision')}>
          {detail.decisions.map((decision) =>
            decision.key ? (
              <ActButton
                key={decision.id}
                action={decision.key}
                kind={decision.kind}
                onAct={() => decide(decision)}
                reason={decision.kind === 'primary' ? unseen : undefined}
              >
                {ellipsis(decision)}
              </ActButton>
            ) : (
              <Button key={decision.id} kind={decision.kind} onClick={() => decide(decision)}>
                {ellipsis(decision)}
              </Button>
            ),
          )}
        </Dock>
      )}
    </>
  );
}

function Artifacts({ artifacts }: { artifacts: NonNullable<PersonDetail['artifacts']> }) {
  return (
    <div className="col">
      <h3>{t('run.artifacts')}</h3>
      {artifacts.map((artifact) => (
        <div key={artifact.path} className="row artifact">
          <Icon name="file" />
          <span className="mono cut grow" title={artifact.path}>
            {oneLine(artifact.path)}
          </span>
          <Seal hex={artifact.sha256} bare />
        </div>
      ))}
    </div>
  );
}

function ellipsis(decision: PersonDecision): string {
  return decision.words === 'none' ? decision.name : `${decision.name}…`;
}
