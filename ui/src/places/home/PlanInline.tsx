import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { removalOf } from '#ui/places/shared/edits.ts';
import type { People } from '#ui/places/shared/members.ts';
import { WordsForm } from '#ui/places/shared/WordsForm.tsx';
import type { WorkplaceChoice } from '#ui/places/shared/workplace.ts';
import { t } from '#ui/words/words.ts';
import { planCardOf } from './fromRequests.ts';
import { PlanCard } from './PlanCard.tsx';

/** The plan of a request, in the conversation: approve exactly this version, or have it made anew. */
export function PlanInline({
  project,
  version,
  people,
  keys,
}: {
  project: string;
  version: number;
  people: People;
  keys: boolean;
}) {
  const navigate = useNavigate();
  const plan = useOperation('plan.get', { project, version });
  const approve = useCommand('plan.approve');
  const refine = useCommand('plan.refine');
  const [asking, setAsking] = useState(false);
  const open = (tab: 'plan' | 'run') => void navigate({ to: '/projects/$project/$tab', params: { project, tab } });
  const change = (
    feedback: string | null,
    edits: ReturnType<typeof removalOf>[],
    workplace: WorkplaceChoice | null = null,
  ) => refine.mutate({ project, version, feedback, edits, workplace }, { onSuccess: () => setAsking(false) });
  return (
    <Answered query={plan}>
      {(data) => (
        <>
          <PlanCard
            plan={planCardOf(data, people)}
            keys={keys}
            busy={approve.isPending && t('plan.approving')}
            acts={{
              // Awaited, not a callback of the hook: the event may take this card away before the answer comes.
              approvePlan: (id, shown, hash) =>
                void approve.mutateAsync({ project: id, version: shown, hash }).then(
                  () => open('run'),
                  () => undefined,
                ),
              askForChanges: () => setAsking(true),
              openPlan: () => open('plan'),
              chooseWorkplace: (mode) => change(null, [], mode),
              ...(data.steps.length > 1 && { removeStep: (step: string) => change(null, [removalOf(step)]) }),
            }}
          >
            {asking && (
              <WordsForm
                label={t('plan.changeWhat')}
                hint={t('plan.changeHint', { version: version + 1 })}
                sendWords={t('plan.makeVersion', { version: version + 1 })}
                busy={refine.isPending && t('plan.making')}
                onSend={(words) => change(words, [])}
                onCancel={() => setAsking(false)}
              />
            )}
          </PlanCard>
          <Refused errors={[approve.error, refine.error]} />
        </>
      )}
    </Answered>
  );
}
