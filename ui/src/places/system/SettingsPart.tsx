import { toasts } from '#ui/components/toast/toasts.ts';
import type { Settings as SettingsOf } from '#ui/ipc/bindings.ts';
import { useCommand, useOperation } from '#ui/ipc/operations.ts';
import { Answered, Refused } from '#ui/places/shared/Answered.tsx';
import { limit } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { centsOfHost } from './fromSettings.ts';
import { Settings } from './Settings.tsx';

export function SettingsPart() {
  const settings = useOperation('system.settings', {}, { fresh: true });
  const budgets = useOperation('budget.list', { project: null });
  const set = useCommand('system.set_settings');
  const setLimit = useCommand('budget.set');
  const day = centsOfHost(budgets.data?.find((budget) => budget.scope === 'day')?.most_usd);
  const change = (next: SettingsOf, before: SettingsOf | null) =>
    set.mutate(next, {
      onSuccess: () => toasts.show(saved(t('settings.saved'), before && (() => change(before, null)))),
    });
  const changeLimit = (cents: number, before: number | null) =>
    setLimit.mutate(
      { project: null, most_cents: cents },
      {
        onSuccess: () =>
          toasts.show(
            saved(
              t('settings.limitSaved', { amount: limit(cents * 10_000) }),
              before === null ? null : () => changeLimit(before, null),
            ),
          ),
      },
    );
  return (
    <Answered query={settings}>
      {(model) => (
        <Settings
          model={model}
          dayLimit={day}
          refused={<Refused errors={[set.error, budgets.error, setLimit.error]} />}
          acts={{
            set: (next) => change(next, model.settings),
            setDayLimit: (cents) => changeLimit(cents, day),
          }}
        />
      )}
    </Answered>
  );
}

/** What was saved can be taken back once, from where it was said. */
function saved(text: string, undo: (() => void) | null) {
  return { status: 'done' as const, text, ...(undo && { action: { name: t('settings.undo'), act: undo } }) };
}
