import { Kbd } from '#ui/components/kbd/Kbd.tsx';
import { Sheet } from '#ui/components/sheet/Sheet.tsx';
import { t } from '#ui/words/words.ts';
import { ACTION_GROUPS, ACTION_IDS, ACTIONS, type ActionGroup, type ActionId } from './actions.ts';
import { useKeysOf } from './keys.tsx';

/** All keys, in the order of the table they come from. */
export default function HelpSheet({ onClose }: { onClose: () => void }) {
  return (
    <Sheet open onClose={onClose} title={t('help.title')}>
      {ACTION_GROUPS.map((group) => (
        <KeyGroup key={group} group={group} />
      ))}
    </Sheet>
  );
}

export function KeyGroup({ group }: { group: ActionGroup }) {
  return (
    <section className="col col-4" aria-label={t(`help.${group}`)}>
      <h3>{t(`help.${group}`)}</h3>
      <dl className="kv kv-fig">
        {ACTION_IDS.filter((id) => ACTIONS[id].group === group).map((id) => (
          <KeyRow key={id} action={id} />
        ))}
      </dl>
    </section>
  );
}

function KeyRow({ action }: { action: ActionId }) {
  const keys = useKeysOf(action);
  return (
    <>
      <dt>{t(`action.${action}`)}</dt>
      <dd className="row row-4">
        <Kbd keys={keys} />
      </dd>
    </>
  );
}
