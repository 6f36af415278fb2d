import { t } from '#ui/words/words.ts';

export interface StateChangeModel {
  path: string;
  before?: string;
  after?: string;
}

/** One value: its path left, before and after right. */
export function StateChange({ change }: { change: StateChangeModel }) {
  return (
    <div className="change">
      <span className="k">{change.path}</span>
      <span>
        {change.before !== undefined && (
          <>
            <span className="sr">{t('change.before')} </span>
            <del>{change.before}</del>
          </>
        )}
        {change.before !== undefined && change.after !== undefined && <span aria-hidden="true"> → </span>}
        {change.after !== undefined && (
          <>
            <span className="sr">{t('change.after')} </span>
            <ins>{change.after}</ins>
          </>
        )}
      </span>
    </div>
  );
}
