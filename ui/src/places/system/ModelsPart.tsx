import { useState } from 'react';
import { toasts } from '#ui/components/toast/toasts.ts';
import type { ServiceDto } from '#ui/ipc/bindings.ts';
import { useAsk, useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { t } from '#ui/words/words.ts';
import { EnableDialog } from './EnableDialog.tsx';
import { Models, whereKept } from './Models.tsx';
import { type Entered, ServiceDialog } from './ServiceDialog.tsx';
import type { Terms } from './terms.ts';

/** Which dialog is open: entering a service, or agreeing to one that answered. */
type Step = { step: 'enter'; kind: string; variable: string | null } | { step: 'agree'; service: ServiceDto } | null;

export function ModelsPart({ projects }: { projects: ReadonlyMap<string, string> }) {
  const models = useOperation('model.endpoints', {});
  const found = useOperation('model.discover', {});
  const lookAt = useAsk('model.look_at');
  const addKey = useCommand('key.add', { forget: true });
  const enable = useCommand('model.enable');
  const disable = useCommand('model.disable');
  const revoke = useCommand('key.revoke');
  const [step, setStep] = useState<Step>(null);

  const open = (next: Step) => {
    for (const command of [lookAt, addKey, enable]) command.reset();
    setStep(next);
  };
  const offer = (service: ServiceDto) => open({ step: 'agree', service });
  const ask = ({ kind, address, key }: Entered) => {
    if (key === null) {
      lookAt.mutate({ kind, address }, { onSuccess: offer });
      return;
    }
    const known = models.data?.kinds.find((it) => it.kind === kind);
    addKey.mutate(
      { kind, address, key: key === 'environment' ? null : key.typed },
      {
        onSuccess: (added) => {
          toasts.show({ status: 'done', text: t('models.keyWorks', { where: whereKept(added.vault) }) });
          if (known)
            offer({ kind: known, address: added.address, local: isLocal(added.address), models: added.models });
        },
      },
    );
  };
  const agree = (terms: Terms, cents: number | null) => {
    const { limit: _, tiers, models: chosen, ...rest } = terms;
    const input = { ...rest, models: [...chosen], tiers: { ...tiers }, daily_limit_cents: cents };
    enable.mutate(input, { onSuccess: () => open(null) });
  };
  return (
    <Answered query={models}>
      {(data) => (
        <>
          <Models
            models={data}
            found={found.data ?? null}
            projects={projects}
            busy={busyWith(disable, revoke)}
            refused={<Refused errors={[found.error, disable.error, revoke.error]} />}
            acts={{
              lookAgain: () => void found.refetch(),
              add: () => open({ step: 'enter', kind: data.kinds[0]?.kind ?? '', variable: null }),
              offer,
              takeFromEnvironment: ({ kind, variable }) => open({ step: 'enter', kind: kind.kind, variable }),
              disable: ({ id }) => disable.mutate({ endpoint: id }),
              revoke: ({ name }) => revoke.mutate({ key: name }),
            }}
          />
          {step?.step === 'enter' && (
            <ServiceDialog
              kinds={data.kinds}
              first={step.kind}
              fromEnvironment={step.variable}
              keptIn={whereKept(data.vault.kind)}
              busy={lookAt.isPending || addKey.isPending}
              refused={<Refused errors={[lookAt.error, addKey.error]} />}
              onClose={() => open(null)}
              onAsk={ask}
            />
          )}
          {step?.step === 'agree' && (
            <EnableDialog
              service={step.service}
              projects={projects}
              busy={enable.isPending}
              refused={<Refused errors={[enable.error]} />}
              onClose={() => open(null)}
              onEnable={agree}
            />
          )}
        </>
      )}
    </Answered>
  );
}

/** The host says so itself once it is enabled; until then its address does. */
function isLocal(address: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(address);
}

interface Pending<Input> {
  isPending: boolean;
  variables: Input | undefined;
}

function busyWith(disable: Pending<{ endpoint: string }>, revoke: Pending<{ key: string }>): string | null {
  if (disable.isPending) return disable.variables?.endpoint ?? null;
  return revoke.isPending ? (revoke.variables?.key ?? null) : null;
}
