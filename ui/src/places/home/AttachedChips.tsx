import { IconButton, Spinner } from '#ui/components/button/Button.tsx';
import { Icon } from '#ui/components/icon/Icon.tsx';
import { StatusIcon } from '#ui/components/status/StatusIcon.tsx';
import { bytes } from '#ui/words/format.ts';
import { oneLine } from '#ui/words/visible.ts';
import { t } from '#ui/words/words.ts';
import type { Attached } from './useAttached.ts';

/** What the request will bring along, each with a way to take it out again; what was refused says why. */
export function AttachedChips({
  attached,
  onRemove,
}: {
  attached: readonly Attached[];
  onRemove: (id: number) => void;
}) {
  if (attached.length === 0) return null;
  return (
    <ul className="chips" aria-label={t('attach.list')}>
      {attached.map((one) => (
        <li key={one.id} className={one.error ? 'chip chip-bad' : 'chip'} role={one.error ? 'alert' : undefined}>
          <Mark one={one} />
          <span className="cut">{oneLine(one.name)}</span>
          {one.error ? (
            <span className="chip-why">
              {one.error.message} <span className="mono">{one.error.code}</span>
            </span>
          ) : (
            one.bytes !== null && <span className="meta">{bytes(one.bytes)}</span>
          )}
          <IconButton
            icon="x"
            small
            kind="quiet"
            label={t('attach.remove', { name: one.name })}
            onClick={() => onRemove(one.id)}
          />
        </li>
      ))}
    </ul>
  );
}

function Mark({ one }: { one: Attached }) {
  if (one.error) return <StatusIcon status="fail" />;
  return one.given ? <Icon name="file" size={12} /> : <Spinner />;
}
