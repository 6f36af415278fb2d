import { Icon } from '#ui/components/icon/Icon.tsx';
import { paths } from '#ui/paths.ts';
import { t } from '#ui/words/words.ts';
import type { Origin } from './model.ts';

/** Project, step, run: where a decision comes from, with the way there. */
export function OriginLine({ origin }: { origin: Origin }) {
  return (
    <div className="row meta origin">
      <a href={paths.project(origin.project.id)}>{origin.project.name}</a>
      {origin.step && (
        <>
          <Icon name="chev-r" size={12} />
          <span>
            {origin.step.number === undefined
              ? origin.step.name
              : t('step.named', { number: origin.step.number, name: origin.step.name })}
          </span>
        </>
      )}
      {origin.run !== undefined && (
        <>
          <Icon name="chev-r" size={12} />
          <span>{t('step.run', { number: origin.run })}</span>
        </>
      )}
    </div>
  );
}
