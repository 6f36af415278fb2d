import { useState } from 'react';
import { Badge } from '#ui/components/badge/Badge.tsx';
import { Button } from '#ui/components/button/Button.tsx';
import { Code } from '#ui/components/code/Code.tsx';
import { Dock } from '#ui/components/dock/Dock.tsx';
import { Facts } from '#ui/components/facts/Facts.tsx';
import { ActButton } from '#ui/frame/ActButton.tsx';
import { WordsForm } from '#ui/places/shared/WordsForm.tsx';
import { Time } from '#ui/words/Time.tsx';
import { t } from '#ui/words/words.ts';
import type { InboxActs, PersonDecision, PersonDetail } from './model.ts';
import { OriginLine } from './OriginLine.tsx';

/** Something only a person can do or say: what is asked, why, and each decision that fits. */
export function PersonView({ detail, acts }: { detail: PersonDetail; acts: InboxActs }) {
  const [asked, setAsked] = useState<PersonDecision | null>(null);
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
              <ActButton key={decision.id} action={decision.key} kind={decision.kind} onAct={() => decide(decision)}>
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

function ellipsis(decision: PersonDecision): string {
  return decision.words === 'none' ? decision.name : `${decision.name}…`;
}
