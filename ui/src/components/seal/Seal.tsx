import { hash } from '#ui/words/format.ts';
import { t } from '#ui/words/words.ts';
import { Icon } from '../icon/Icon.tsx';
import { toasts } from '../toast/toasts.ts';

/** A hash in fours. Whole on hover, copied by a click. */
export function Seal({ hex, digits = 12, bare }: { hex: string; digits?: number; bare?: boolean }) {
  return (
    <button
      type="button"
      className="seal"
      title={t('seal.whole', { hex })}
      onClick={() => {
        void navigator.clipboard?.writeText(hex).then(() => toasts.show({ status: 'done', text: t('seal.copied') }));
      }}
    >
      {!bare && <Icon name="hash" size={12} />}
      {hash(hex, digits)}
    </button>
  );
}

/** In a row that is itself a control: only the words. */
export function SealText({ hex, digits = 8 }: { hex: string; digits?: number }) {
  return (
    <span className="seal" title={hex}>
      {hash(hex, digits)}
    </span>
  );
}
