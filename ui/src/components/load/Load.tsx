import { t } from '#ui/words/words.ts';

/** How many runs an agent has, of how many it may have at once. */
export function Load({ running, limit }: { running: number; limit: number }) {
  return (
    <span className="load" role="img" aria-label={t('load.label', { running, limit })}>
      {Array.from({ length: limit }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: places are nothing but their number
        <i key={place} className={place < running ? 'on' : undefined} />
      ))}
    </span>
  );
}
